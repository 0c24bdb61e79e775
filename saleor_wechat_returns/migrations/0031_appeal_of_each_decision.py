"""A return is appealed once for each decision against the customer, no longer once in all."""

import django.db.models.deletion
from django.db import migrations, models


def name_decisions(apps, schema_editor):
    """Until now there was one appeal of a return: against the last no before it."""
    appeals = apps.get_model("saleor_wechat_returns", "ReturnAppeal")
    events = apps.get_model("saleor_wechat_returns", "ReturnEvent")
    for appeal in appeals.objects.order_by("id").iterator():
        of_request = events.objects.filter(request_id=appeal.request_id)
        appealed = of_request.filter(kind="appeal").order_by("sequence").first()
        appeal.decision = (
            of_request.filter(
                kind__in=("reject", "inspect"),
                status__in=("rejected", "inspected"),
                sequence__lt=appealed.sequence,
            )
            .order_by("-sequence")
            .first()
        )
        appeal.save(update_fields=["decision"])
    # The foreign keys are checked now: a table with checks to come cannot be altered below.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0030_scans_without_a_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="returnappeal",
            name="decision",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="saleor_wechat_returns.returnevent",
            ),
        ),
        migrations.RunPython(name_decisions, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="returnappeal",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="saleor_wechat_returns.returnevent",
            ),
        ),
        migrations.AlterField(
            model_name="returnappeal",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeals",
                to="saleor_wechat_returns.returnrequest",
            ),
        ),
    ]

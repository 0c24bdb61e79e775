"""The decision that each appeal was against. Rows only."""

from django.db import migrations


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


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0031_appeal_of_each_decision"),
    ]

    operations = [
        migrations.RunPython(name_decisions, migrations.RunPython.noop),
    ]

"""What Saleor's orders show of their returns. What is over by now is not told any more."""

from django.db import migrations, models


def take_as_shown(apps, schema_editor):
    requests = apps.get_model("saleor_wechat_returns", "ReturnRequest")
    over = ["refunded", "canceled", "closed"]
    requests.objects.filter(status__in=over).update(shown_status=models.F("status"))
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0025_shipping_info"),
    ]

    operations = [
        migrations.AddField(
            model_name="returnrequest",
            name="shown_status",
            field=models.CharField(blank=True, default="", max_length=20),
            preserve_default=False,
        ),
        migrations.RunPython(take_as_shown, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="returnrequest",
            index=models.Index(
                condition=models.Q(("shown_status", models.F("status")), _negated=True),
                fields=["order"],
                name="returns_to_show",
            ),
        ),
    ]

"""When the clock looks again whether a payment's parcels went out: a row for each payment."""

from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0033_no_appeal_without_a_decision"),
    ]

    operations = [
        migrations.AddField(
            model_name="shippinginfo",
            name="next_look_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="shippinginfo",
            index=models.Index(
                condition=models.Q(("next_look_at__isnull", False)),
                fields=["shop", "next_look_at"],
                name="shipping_to_look_at",
            ),
        ),
    ]

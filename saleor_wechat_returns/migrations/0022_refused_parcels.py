"""A return that began as its parcel was refused at the door is named by that parcel."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("saleor_wechat_returns", "0021_change_a_pickup"),
    ]

    operations = [
        migrations.AddField(
            model_name="outbounddelivery",
            name="refusal",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refused_delivery",
                to="saleor_wechat_returns.returnrequest",
            ),
        ),
    ]

"""A return is appealed once for each decision against the customer, no longer once in all."""

import django.db.models.deletion
from django.db import migrations, models


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

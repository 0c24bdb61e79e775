"""Every appeal has its decision by now."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0032_decisions_of_appeals"),
    ]

    operations = [
        migrations.AlterField(
            model_name="returnappeal",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="saleor_wechat_returns.returnevent",
            ),
        ),
    ]

"""Photos of a parcel of nobody are kept with it; one number is one such parcel."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0023_inspected_pieces_go_somewhere"),
    ]

    operations = [
        migrations.AddField(
            model_name="evidence",
            name="unmatched",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="saleor_wechat_returns.unmatchedparcel",
            ),
        ),
        migrations.AddConstraint(
            model_name="unmatchedparcel",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True), models.Q(("waybill_index", ""), _negated=True)
                ),
                fields=("shop", "waybill_index"),
                name="unmatched_once_per_number",
            ),
        ),
    ]

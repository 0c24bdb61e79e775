"""Accepted pieces on their way back into Saleor's stock."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import saleor_wechat_returns.models.base


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0028_follow_parcels_since"),
    ]

    operations = [
        migrations.CreateModel(
            name="StockChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=saleor_wechat_returns.models.base.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("warehouse_id", models.CharField(blank=True, max_length=128)),
                ("variant_id", models.CharField(blank=True, max_length=128)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("due", "Due"),
                            ("asked", "Asked"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="due",
                        max_length=8,
                    ),
                ),
                ("before", models.IntegerField(null=True)),
                ("after", models.IntegerField(null=True)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "pieces",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stock_change",
                        to="saleor_wechat_returns.inspectedpieces",
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="saleor_wechat_returns.shop",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["asked", "done"]), _negated=True),
                            models.Q(
                                ("after__gt", models.F("before")), ("before__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="stock_is_asked_for_with_what_was_there",
                    ),
                ],
            },
        ),
    ]

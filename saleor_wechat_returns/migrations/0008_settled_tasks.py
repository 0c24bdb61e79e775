from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("saleor_wechat_returns", "0007_reconciliation")]

    operations = [
        migrations.AddField(
            "stafftask",
            "closed_by",
            models.CharField(max_length=128, blank=True, default=""),
        ),
        migrations.AddField(
            "stafftask",
            "closed_note",
            models.CharField(max_length=1000, blank=True, default=""),
        ),
    ]

"""Since when a parcel is followed: rows may be older than that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("saleor_wechat_returns", "0027_find_and_forget"),
    ]

    operations = [
        migrations.AddField(
            model_name="parcel",
            name="followed_at",
            field=models.DateTimeField(null=True),
        ),
    ]

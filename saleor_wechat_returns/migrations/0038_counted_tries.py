"""Not only looks for guests' orders are counted: questions about pickups are, too."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0037_trouble_of_outbound"),
    ]

    operations = [
        migrations.RenameModel(old_name="GuestLookup", new_name="CountedTry"),
        migrations.RenameIndex(
            model_name="countedtry", old_name="lookups_of_key", new_name="tries_of_key"
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("saleor_wechat_returns", "0019_one_row_per_parcel")]

    operations = [
        migrations.AddField(
            model_name="courieraccount",
            name="hours",
            field=models.JSONField(default=list),
        ),
    ]

"""A pickup booked anew waits for the end of the one before; what is charged counts once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("saleor_wechat_returns", "0020_courier_hours")]

    operations = [
        migrations.AddField(
            model_name="pickupbooking",
            name="charges",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="pickupbooking",
            name="status",
            field=models.CharField(
                choices=[
                    ("waiting", "WAITING"),
                    ("asking", "ASKING"),
                    ("booked", "BOOKED"),
                    ("assigned", "ASSIGNED"),
                    ("canceling", "CANCELING"),
                    ("collected", "COLLECTED"),
                    ("canceled", "CANCELED"),
                    ("failed", "FAILED"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="pickupbooking",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "waiting")),
                fields=("request",),
                name="one_waiting_booking_per_request",
            ),
        ),
    ]

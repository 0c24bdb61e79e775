"""The customer's reason for more time stands in the thread, where it is checked."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0035_look_at_shipping_soon"),
    ]

    operations = [
        migrations.AddField(
            model_name="returndeadline",
            name="extension_message",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="saleor_wechat_returns.returnmessage",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="returndeadline", name="extension_has_its_reason"
        ),
        migrations.AddConstraint(
            model_name="returndeadline",
            constraint=models.CheckConstraint(
                condition=Q(extended_at__isnull=True)
                | ~Q(extension_reason="")
                | Q(extension_message__isnull=False),
                name="extension_has_its_reason",
            ),
        ),
    ]

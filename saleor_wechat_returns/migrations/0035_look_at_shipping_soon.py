"""What was paid lately is looked at, too. Rows only."""

from datetime import timedelta

from django.db import migrations
from django.utils import timezone

MOST = 1000


def look_soon(apps, schema_editor):
    """At what was paid lately: until now there was a row only once it was looked at."""
    infos = apps.get_model("saleor_wechat_returns", "ShippingInfo")
    payments = apps.get_model("saleor_wechat_returns", "WechatPayment")
    now = timezone.now()
    paid = payments.objects.filter(status="paid", success_at__gt=now - timedelta(days=30))
    lacking = paid.filter(shipping_info=None).order_by("id")
    infos.objects.bulk_create(
        (
            infos(payment_id=pk, shop_id=shop, next_look_at=now)
            for pk, shop in lacking.values_list("pk", "shop_id").iterator()
        ),
        batch_size=MOST,
    )
    waiting = infos.objects.filter(status__in=("waiting", "partly", "refused"))
    waiting.filter(payment__in=paid).update(next_look_at=now)


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0034_shipping_to_look_at"),
    ]

    operations = [
        migrations.RunPython(look_soon, migrations.RunPython.noop),
    ]

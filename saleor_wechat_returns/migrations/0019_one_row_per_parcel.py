"""A waybill number moves from each return's delivery to the parcel it names."""

import django.db.models.deletion
from django.db import migrations, models


def give_parcels(apps, schema_editor):
    delivery_rows = apps.get_model("saleor_wechat_returns", "ReverseDelivery")
    parcels = apps.get_model("saleor_wechat_returns", "Parcel")
    from saleor_wechat_returns.secretbox import open_sealed, seal

    for delivery in delivery_rows.objects.order_by("id").iterator():
        number = open_sealed(bytes(delivery.waybill_sealed), delivery.waybill_key_id)
        sealed, key_id = seal(number)
        index = delivery.waybill_index
        same = parcels.objects.filter(shop_id=delivery.shop_id, courier="", waybill_index=index)
        parcel = same.exclude(waybill_index="").first()
        if parcel is None:
            parcel = parcels.objects.create(
                shop_id=delivery.shop_id,
                created_at=delivery.created_at,
                carrier=delivery.carrier,
                waybill_sealed=sealed,
                phone_sealed=seal("")[0],
                sealed_key_id=key_id,
                waybill_index=index,
            )
        delivery.parcel = parcel
        delivery.save(update_fields=["parcel"])
    # The foreign keys are checked now: a table with checks to come cannot be altered below.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ("saleor_wechat_returns", "0018_bring_it_back"),
    ]

    operations = [
        migrations.RunPython(give_parcels, elidable=False),
        migrations.AlterField(
            model_name="reversedelivery",
            name="parcel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="saleor_wechat_returns.parcel",
            ),
        ),
        migrations.RemoveField(model_name="reversedelivery", name="carrier"),
        migrations.RemoveField(model_name="reversedelivery", name="waybill_index"),
        migrations.RemoveField(model_name="reversedelivery", name="waybill_key_id"),
        migrations.RemoveField(model_name="reversedelivery", name="waybill_sealed"),
    ]

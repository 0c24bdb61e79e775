"""Staff are told of trouble with a parcel of the shop whose goods somebody asks to return."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('saleor_wechat_returns', '0036_reasons_in_the_thread'),
    ]

    operations = [
        migrations.AlterField(
            model_name='stafftask',
            name='kind',
            field=models.CharField(choices=[('facts_contradict_holds', 'Facts Contradict Holds'), ('return_not_recorded', 'Return Not Recorded'), ('grant_refused', 'Grant Refused'), ('refund_request_refused', 'Refund Request Refused'), ('payment_not_ours', 'Payment Not Ours'), ('merchant_missing', 'Merchant Missing'), ('balance_too_low', 'Balance Too Low'), ('refund_rejected', 'Refund Rejected'), ('refund_abnormal', 'Refund Abnormal'), ('no_payment_left', 'No Payment Left'), ('amount_differs', 'Amount Differs'), ('saleor_totals_differ', 'Saleor Totals Differ'), ('refund_reversed', 'Refund Reversed'), ('refund_by_hand', 'Refund By Hand'), ('payment_differs', 'Payment Differs'), ('payment_not_reported', 'Payment Not Reported'), ('paid_without_order', 'Paid Without Order'), ('part_paid_without_order', 'Part Paid Without Order'), ('refunded_without_order', 'Refunded Without Order'), ('content_held', 'Content Held'), ('review_overdue', 'Review Overdue'), ('parcel_overdue', 'Parcel Overdue'), ('inspection_overdue', 'Inspection Overdue'), ('refund_due_by_law', 'Refund Due By Law'), ('refund_delayed', 'Refund Delayed'), ('appeal_overdue', 'Appeal Overdue'), ('pickup_failed', 'Pickup Failed'), ('pickup_uncertain', 'Pickup Uncertain'), ('pickup_by_hand', 'Pickup By Hand'), ('parcel_trouble', 'Parcel Trouble'), ('parcel_shared', 'Parcel Shared'), ('outbound_trouble', 'Outbound Trouble'), ('send_back_due', 'Send Back Due'), ('restock_failed', 'Restock Failed'), ('shipping_info_refused', 'Shipping Info Refused'), ('stuck', 'Stuck')], max_length=40),
        ),
    ]

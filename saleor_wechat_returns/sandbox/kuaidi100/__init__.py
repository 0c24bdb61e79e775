"""A simulator of Kuaidi100, pickups and tracking, with its own reading of the documents.

Imports nothing of the rest of the package but the simulated doors of WeChat Pay. Parcels really
move through time, by the clock they are given.
Source: Kuaidi100 documents of 商家寄件, 快递查询 and 快递推送, and public clients, read 2026-11.
"""

from .orders import Order
from .parcels import Parcel
from .simulator import Call, Kuaidi100Sandbox

__all__ = ["Call", "Kuaidi100Sandbox", "Order", "Parcel"]

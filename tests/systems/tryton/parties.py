"""Creates parties with Tryton's own models, beside its server: `parties.py CONFIG DATABASE COMPANY COUNT PREFIX`.

In a process of its own, and without a sixfold price: by RPC each party also draws a number, and gets a record for each
default that a company could set (payment term, tax rule, locations, ...). Here they are like parties that were there
before the modules that brought those defaults.
"""

import sys

from trytond import config

settings, database, company, count, prefix = sys.argv[1:]
config.update_etc(settings)

from trytond.model.fields import MultiValue  # noqa: E402
from trytond.pool import Pool  # noqa: E402
from trytond.transaction import Transaction  # noqa: E402

EACH = 100  # in one transaction; in larger ones each costs more

Pool.start()
pool = Pool(database)
with Transaction().start(database, 0):
    pool.init()
Party = pool.get("party.party")
for name, field in Party._fields.items():
    if isinstance(field, MultiValue):
        Party._defaults.pop(name, None)

for start in range(0, int(count), EACH):
    with Transaction().start(database, 1, context={"company": int(company)}):
        Party.create(
            [
                {
                    "name": f"{prefix} {index}",
                    "code": f"{prefix}-{index}",
                    "addresses": [("create", [{"city": "Berlin", "postal_code": "10115"}])],
                }
                for index in range(start, min(start + EACH, int(count)))
            ]
        )

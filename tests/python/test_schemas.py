# SPDX-License-Identifier: Apache-2.0
"""The registry's schemas are those of the installed torch."""

import json

import op_cases


def test_registry_schemas_are_torchs(sconce):
    rows = json.loads(sconce("ops", "--json", check=True).stdout)["operators"]
    assert len(rows) > 300
    wrong = []
    for row in rows:
        if row["name"].startswith("higher_order."):
            continue  # torch has no schemas for operators that take graphs
        schema = str(op_cases.operator(row["name"])._schema)
        if row["schema"] != schema:
            wrong.append(f"{row['name']}: {row['schema']}\n  torch: {schema}")
    assert not wrong, "\n".join(wrong)

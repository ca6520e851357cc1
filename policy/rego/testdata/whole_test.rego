package custos_test

import data.base
import data.custos

# What is wrong in the facts makes them less than whole, wherever it stands: tried
# on the first facts that have each section.

sections := {section | some section; is_object(base.facts[_][section])}

example[section] := base.facts[min({name | some name; base.facts[name][section]})] if some section in sections

test_a_field_too_many_in_a_section if {
	count(example) == 12
	every section, facts in example {
		custos.unmet == set() with input as facts
		"R-00" in custos.unmet with input as object.union(facts, {section: {"also": "x"}})
	}
}

test_a_text_for_a_yes_or_no if {
	fields := {[section, field] | some section, facts in example; some field; is_boolean(facts[section][field])}
	count(fields) == 15
	every at in fields {
		"R-00" in custos.unmet with input as object.union(example[at[0]], {at[0]: {at[1]: "true"}})
	}
}

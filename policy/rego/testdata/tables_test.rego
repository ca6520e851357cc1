package custos_test

import data.custos

# The tables of the law, stated a second time and row by row: whoever changes one
# changes the other.

test_when_each_basis_could_be_used if {
	{[name, act.from, act.until] | some name, act in custos.acts} == {
		["RIPA-2000", "2004-01-05", "2020-07-21"],
		["IPA-2016", "2019-02-05", "9999"],
		["PACE-1984", "1986-01-01", "9999"],
		["PCSC-2022", "2022-11-08", "9999"],
		["ANPR", "2018-05-25", "9999"],
		["COPO-2019", "2019-10-09", "9999"],
	}
	custos.communications == {"IPA-2016", "RIPA-2000"}
	custos.other_bases == {"ANPR", "COPO-2019", "PACE-1984", "PCSC-2022"}
}

test_the_change_from_one_act_to_the_other if {
	{[force, days["RIPA-2000"], days["IPA-2016"]] | some force, days in custos.changeover} == {
		["civil-nuclear-constabulary", "2020-07-21", "2019-02-05"],
		["local-authority", "2020-07-21", "2019-02-05"],
		["metropolitan-police", "2020-07-21", "2019-02-05"],
		["territorial-police", "2020-07-21", "2019-02-05"],
	}
}

both := {"authorisation", "notice"}

calls := {"service-use", "subscriber", "traffic"}

test_powers if {
	{[route, p.regime, p.instruments, p.brings, p.types] | some route, p in custos.powers} == {
		["22(3)", "RIPA-2000", {"authorisation"}, {"operator-return"}, calls],
		["22(4)", "RIPA-2000", {"notice"}, {"operator-return"}, calls],
		["60A", "IPA-2016", both, {"operator-return"}, {"entity", "events"}],
		["61", "IPA-2016", both, {"operator-return"}, {"entity", "events"}],
		["61A", "IPA-2016", both, {"operator-return"}, {"entity", "events"}],
		["PACE-8", "PACE-1984", {"warrant"}, {"extraction"}, {"extraction"}],
		["PACE-19", "PACE-1984", {"seizure"}, {"extraction"}, {"extraction"}],
		["PACE-20", "PACE-1984", {"seizure"}, {"extraction"}, {"extraction"}],
		["PACE-22", "PACE-1984", {"seizure"}, {"extraction"}, {"extraction"}],
		["PACE-Sch1", "PACE-1984", {"production-order"}, {"extraction", "operator-return"}, {"entity", "events", "extraction"}],
		["CJPA-50", "PACE-1984", {"seizure"}, {"extraction"}, {"extraction"}],
		["PCSC-37", "PCSC-2022", {"agreement"}, {"extraction"}, {"extraction"}],
		["PCSC-41", "PCSC-2022", {"agreement"}, {"extraction"}, {"extraction"}],
		["NASPLE", "ANPR", {"access-grant"}, {"anpr"}, {"plate-reads"}],
		["overseas-order", "COPO-2019", {"production-order"}, {"operator-return"}, {"entity", "events"}],
	}
}

test_purposes_by_letter if {
	{[route, days.from, days.until, concat("", sort(days.letters))] | some route, list in custos.purposes; some days in list} == {
		["22(3)", "", "9999", "abcdg"], ["22(3)", "", "2018-10-31", "ef"], ["22(3)", "2010-04-06", "9999", "h"],
		["22(4)", "", "9999", "abcdg"], ["22(4)", "", "2018-10-31", "ef"], ["22(4)", "2010-04-06", "9999", "h"],
		["60A", "", "9999", "abcdefg"],
		["61", "", "9999", "abc"],
		["61A", "", "9999", "abcde"],
		["PCSC-37", "", "9999", "abc"],
		["PCSC-41", "", "9999", "abc"],
	}
	custos.without_letters == {"CJPA-50", "NASPLE", "PACE-19", "PACE-20", "PACE-22", "PACE-8", "PACE-Sch1", "overseas-order"}
	custos.crime_letters == {"22(3)": "b", "22(4)": "b", "60A": "b", "61": "b", "61A": "a"}
}

test_a_power_without_letters_has_no_letter_for_crime if {
	custos.crime_letter == "-" with input as {"authority": {"route": "NASPLE"}}
	custos.crime_letter == "a" with input as {"authority": {"route": "61A"}}
}

test_offices if {
	{[force, route, concat("", sort(o.letters)), o.ranks] | some force, routes in custos.offices; some route, o in routes} == {
		["metropolitan-police", "22(3)", "abcdeg", "police under RIPA"],
		["metropolitan-police", "22(4)", "abcdeg", "police under RIPA"],
		["metropolitan-police", "60A", "abcdeg", "Commissioner"],
		["metropolitan-police", "61", "ac", "police under IPA"],
		["metropolitan-police", "61A", "abce", "police under IPA"],
		["territorial-police", "22(3)", "abcdeg", "police under RIPA"],
		["territorial-police", "22(4)", "abcdeg", "police under RIPA"],
		["territorial-police", "60A", "abcdeg", "Commissioner"],
		["territorial-police", "61", "ac", "police under IPA"],
		["territorial-police", "61A", "abce", "police under IPA"],
		["civil-nuclear-constabulary", "60A", "abce", "Commissioner"],
		["civil-nuclear-constabulary", "61A", "ac", "police under IPA"],
		["local-authority", "22(3)", "b", "local authority"],
		["local-authority", "22(4)", "b", "local authority"],
	}
}

test_ranks if {
	{[table, rank, concat(" ", sort(types))] | some table, list in custos.ranks; some rank, types in list} == {
		["police under RIPA", "superintendent", "service-use subscriber traffic"],
		["police under RIPA", "inspector", "subscriber"],
		["police under IPA", "superintendent", "entity events"],
		["police under IPA", "inspector", "entity"],
		["Commissioner", "commissioner", "entity events"],
		["Commissioner", "commissioner-delegate", "entity events"],
		["local authority", "prescribed-office", "service-use subscriber"],
	}
	{[route, rank] | some route, list in custos.givers; some rank in list} == {
		["PACE-8", "justice"], ["PACE-19", "constable"], ["PACE-20", "constable"], ["PACE-22", "constable"], ["PACE-Sch1", "judge"],
		["CJPA-50", "constable"], ["PCSC-37", "authorised-person"], ["PCSC-41", "authorised-person"], ["NASPLE", "inspector"],
		["NASPLE", "superintendent"], ["overseas-order", "judge"],
	}
	custos.plate_ages == {"inspector": 90, "superintendent": 365}
}

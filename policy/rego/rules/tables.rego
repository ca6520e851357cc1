package custos

# The law as tables: each power, what it may be used for and by whom, and from
# when until when. "9999" is a day that has not come. A row that is not verified
# has not been read in the primary text; it is here to be put right.

# When each basis could be used.
acts := {
	"RIPA-2000": {"from": "2004-01-05", "until": "2020-07-21", "verified": true},
	"IPA-2016": {"from": "2019-02-05", "until": "9999", "verified": true},
	"PACE-1984": {"from": "1986-01-01", "until": "9999", "verified": false},
	"PCSC-2022": {"from": "2022-11-08", "until": "9999", "verified": false},
	"ANPR": {"from": "2018-05-25", "until": "9999", "verified": false},
	"COPO-2019": {"from": "2019-10-09", "until": "9999", "verified": false},
}

# The change from RIPA 2000 to IPA 2016, by public authority: the last day of the
# one and the first of the other. An installation puts its own days here; until
# then they are the outer limits of the law.
changeover := {
	"metropolitan-police": {"RIPA-2000": "2020-07-21", "IPA-2016": "2019-02-05", "verified": false},
	"territorial-police": {"RIPA-2000": "2020-07-21", "IPA-2016": "2019-02-05", "verified": false},
	"civil-nuclear-constabulary": {"RIPA-2000": "2020-07-21", "IPA-2016": "2019-02-05", "verified": false},
	"local-authority": {"RIPA-2000": "2020-07-21", "IPA-2016": "2019-02-05", "verified": false},
}

communications := {"RIPA-2000", "IPA-2016"}

other_bases := {"PACE-1984", "PCSC-2022", "ANPR", "COPO-2019"}

# Each power: its basis, what may be given under it, what may be brought in on
# it, and which kinds of data it gives.
powers := {
	"22(3)": {
		"regime": "RIPA-2000", "instruments": {"authorisation"},
		"brings": {"operator-return"}, "types": {"traffic", "service-use", "subscriber"},
	},
	"22(4)": {
		"regime": "RIPA-2000", "instruments": {"notice"},
		"brings": {"operator-return"}, "types": {"traffic", "service-use", "subscriber"},
	},
	"60A": {
		"regime": "IPA-2016", "instruments": {"authorisation", "notice"},
		"brings": {"operator-return"}, "types": {"events", "entity"},
	},
	"61": {
		"regime": "IPA-2016", "instruments": {"authorisation", "notice"},
		"brings": {"operator-return"}, "types": {"events", "entity"},
	},
	"61A": {
		"regime": "IPA-2016", "instruments": {"authorisation", "notice"},
		"brings": {"operator-return"}, "types": {"events", "entity"},
	},
	"PACE-8": {"regime": "PACE-1984", "instruments": {"warrant"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PACE-19": {"regime": "PACE-1984", "instruments": {"seizure"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PACE-20": {"regime": "PACE-1984", "instruments": {"seizure"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PACE-22": {"regime": "PACE-1984", "instruments": {"seizure"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PACE-Sch1": {
		"regime": "PACE-1984", "instruments": {"production-order"},
		"brings": {"extraction", "operator-return"}, "types": {"entity", "events", "extraction"},
	},
	"CJPA-50": {"regime": "PACE-1984", "instruments": {"seizure"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PCSC-37": {"regime": "PCSC-2022", "instruments": {"agreement"}, "brings": {"extraction"}, "types": {"extraction"}},
	"PCSC-41": {"regime": "PCSC-2022", "instruments": {"agreement"}, "brings": {"extraction"}, "types": {"extraction"}},
	"NASPLE": {"regime": "ANPR", "instruments": {"access-grant"}, "brings": {"anpr"}, "types": {"plate-reads"}},
	"overseas-order": {
		"regime": "COPO-2019", "instruments": {"production-order"},
		"brings": {"operator-return"}, "types": {"entity", "events"},
	},
}

power := powers[input.authority.route]

# The purposes that the law gives for each power, by letter, and the days on
# which it gave them. SI 2018/1123 reg 3 ended (e) and (f) of RIPA 2000; its (h)
# has content only by an order. Where purposes have no letters the word is "none".
purposes := {
	"22(3)": [
		{"from": "", "until": "9999", "letters": {"a", "b", "c", "d", "g"}},
		{"from": "", "until": "2018-10-31", "letters": {"e", "f"}},
		{"from": "2010-04-06", "until": "9999", "letters": {"h"}},
	],
	"22(4)": [
		{"from": "", "until": "9999", "letters": {"a", "b", "c", "d", "g"}},
		{"from": "", "until": "2018-10-31", "letters": {"e", "f"}},
		{"from": "2010-04-06", "until": "9999", "letters": {"h"}},
	],
	"60A": [{"from": "", "until": "9999", "letters": {"a", "b", "c", "d", "e", "f", "g"}}],
	"61": [{"from": "", "until": "9999", "letters": {"a", "b", "c"}}],
	"61A": [{"from": "", "until": "9999", "letters": {"a", "b", "c", "d", "e"}}],
	"PCSC-37": [{"from": "", "until": "9999", "letters": {"a", "b", "c"}}],
	"PCSC-41": [{"from": "", "until": "9999", "letters": {"a", "b", "c"}}],
}

without_letters := {"PACE-8", "PACE-19", "PACE-20", "PACE-22", "PACE-Sch1", "CJPA-50", "NASPLE", "overseas-order"}

crime_letters := {"22(3)": "b", "22(4)": "b", "60A": "b", "61": "b", "61A": "a"}

crime_letter := object.get(crime_letters, input.authority.route, "-")

# What each public authority may do with each power: for which purposes, and by
# which table of ranks. RIPA 2000, police: SI 2003/3172 Sch 1; the row of SI
# 2010/480 has not been read, so (h) is left out. IPA 2016: Sch 4 Pt 1 as
# substituted on 5 February 2019.
offices := {
	"metropolitan-police": {
		"22(3)": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "police under RIPA", "verified": true},
		"22(4)": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "police under RIPA", "verified": true},
		"60A": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "Commissioner", "verified": true},
		"61": {"letters": {"a", "c"}, "ranks": "police under IPA", "verified": true},
		"61A": {"letters": {"a", "b", "c", "e"}, "ranks": "police under IPA", "verified": true},
	},
	"territorial-police": {
		"22(3)": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "police under RIPA", "verified": true},
		"22(4)": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "police under RIPA", "verified": true},
		"60A": {"letters": {"a", "b", "c", "d", "e", "g"}, "ranks": "Commissioner", "verified": true},
		"61": {"letters": {"a", "c"}, "ranks": "police under IPA", "verified": true},
		"61A": {"letters": {"a", "b", "c", "e"}, "ranks": "police under IPA", "verified": true},
	},
	"civil-nuclear-constabulary": {
		"60A": {"letters": {"a", "b", "c", "e"}, "ranks": "Commissioner", "verified": true},
		"61A": {"letters": {"a", "c"}, "ranks": "police under IPA", "verified": true},
	},
	"local-authority": {
		"22(3)": {"letters": {"b"}, "ranks": "local authority", "verified": false},
		"22(4)": {"letters": {"b"}, "ranks": "local authority", "verified": false},
	},
}

office := offices[input.authority.publicAuthority][input.authority.route]

# Which rank may grant which kinds of data.
ranks := {
	"police under RIPA": {"superintendent": {"traffic", "service-use", "subscriber"}, "inspector": {"subscriber"}},
	"police under IPA": {"superintendent": {"events", "entity"}, "inspector": {"entity"}},
	"Commissioner": {"commissioner": {"events", "entity"}, "commissioner-delegate": {"events", "entity"}},
	"local authority": {"prescribed-office": {"service-use", "subscriber"}},
}

# Who may give the other bases.
givers := {
	"PACE-8": {"justice"}, "PACE-19": {"constable"}, "PACE-20": {"constable"}, "PACE-22": {"constable"}, "PACE-Sch1": {"judge"},
	"CJPA-50": {"constable"}, "PCSC-37": {"authorised-person"}, "PCSC-41": {"authorised-person"},
	"NASPLE": {"inspector", "superintendent"}, "overseas-order": {"judge"},
}

# How many days back each rank may release plate reads. Forces differ: an
# installation puts its own figures here.
plate_ages := {"inspector": 90, "superintendent": 365}

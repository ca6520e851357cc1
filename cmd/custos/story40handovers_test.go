package main

// laboratory examines the telephone: it goes there and comes back, its seal opened
// and a new one put on, its card taken out as an item of its own.
func (s *teller) laboratory() {
	s.on(2, "14:00")
	s.step("kio", "kiosk refer KO/1 --case HAL-1 --from 1 --to 3 --unit 'Northmoor laboratory' --reason 'the screen is cracked' --wanted 'an examination of the device' --due 2026-11-09",
		post("/v1/cases/${case}/referrals", body("item", "KO/1", "from", 1, "to", 3, "unit", "Northmoor laboratory", "reason", "the screen is cracked", "wanted", "an examination of the device", "due", "2026-11-09")), "referral=referral")
	s.step("lab", "kiosk answer ${referral} --case HAL-1 --state accepted --reason 'there is room'",
		post("/v1/cases/${case}/referrals/${referral}/answers", body("state", "accepted", "reason", "there is room")))
	s.on(3, "08:30")
	s.step("exo", "item handle KO/1 --act taken-out --case HAL-1 --why 'for the laboratory'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "taken-out", "reason", "for the laboratory")))
	s.step("exo", "item offer KO/1 --case HAL-1 --to lab --why 'to be examined' --courier 'Northmoor Couriers' --due 2026-11-05T12:00:00Z",
		post("/v1/cases/${case}/transfers", body("items", []string{"KO/1"}, "to", body("person", "lab"), "reason", "to be examined", "courier", "Northmoor Couriers", "due", "2026-11-05T12:00:00Z")),
		"offer=proof.entry")
	s.on(3, "13:00")
	s.refused("lab", "item accept ${offer} --case HAL-1 --seal KO/1=A0000999",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000999"))), "A0000999")
	s.step("lab", "item accept ${offer} --case HAL-1 --seal KO/1=A0000101",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000101"))))
	s.refused("lab", "item accept ${offer} --case HAL-1 --seal KO/1=A0000101",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000101"))), "")
	s.on(4, "09:00")
	s.step("lab", "item open KO/1 A0000101 --case HAL-1 --why 'to be examined'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "opened", "sealOut", "A0000101", "reason", "to be examined")))
	s.on(4, "15:00")
	s.step("lab", "item handle KO/1 --act examined --case HAL-1 --why 'identified and read'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "examined", "reason", "identified and read")))
	s.refused("lab", "item seal KO/1 A0000101 --case HAL-1 --why 'examined'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "sealed", "sealIn", "A0000101", "reason", "examined")), "A0000101")
	s.step("lab", "item seal KO/1 A0000102 --case HAL-1 --why 'examined'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "sealed", "sealIn", "A0000102", "reason", "examined")))
	s.step("lab", "kiosk answer ${referral} --case HAL-1 --state returned --reason 'examined; nothing more could be read'",
		post("/v1/cases/${case}/referrals/${referral}/answers", body("state", "returned", "reason", "examined; nothing more could be read")))
	s.step("lab", "item offer KO/1 --case HAL-1 --to exo --why 'examined' --due 2026-11-09T12:00:00Z",
		post("/v1/cases/${case}/transfers", body("items", []string{"KO/1"}, "to", body("person", "exo"), "reason", "examined", "due", "2026-11-09T12:00:00Z")), "offer=proof.entry")
	s.on(4, "17:30")
	s.step("exo", "item accept ${offer} --case HAL-1 --seal KO/1=A0000102",
		post("/v1/cases/${case}/transfers/${offer}/answers", body("answer", "accepted", "seals", body("KO/1", "A0000102"))))
	s.step("exo", "item place KO/1 STORE-1 --case HAL-1 --why 'examined'",
		post("/v1/cases/${case}/items/handlings", body("item", "KO/1", "act", "placed", "place", "STORE-1", "reason", "examined")))
	s.step("exo", "item where --case HAL-1", get("/v1/cases/${case}/items"))
}

// money is what the work costs.
func (s *teller) money() {
	s.on(10, "09:00")
	s.step("spc", "cost record --case HAL-1 --about NET/1 --kind operator-charge --pounds 120.00 --operator 'Northmoor Mobile (made up)' --unit 'Major crime' --reference INV/1",
		post("/v1/cases/${case}/costs", body("about", "${data1}", "kind", "operator-charge", "pence", 12000, "operator", "Northmoor Mobile (made up)", "unit", "Major crime", "reference", "INV/1")))
	s.step("exo", "submission request --case HAL-1 --provider 'Quayside Forensics (made up)' --question 'Can the screen be repaired?' --items KO/1 --due 2026-11-27 --unit 'Major crime' --estimate 300.00 --standard ISO/IEC-17025 --accreditation 0001 --covers 'data recovery' --accredited-until 2027-12-31",
		post("/v1/cases/${case}/submissions", body("provider", "Quayside Forensics (made up)", "question", "Can the screen be repaired?", "items", []string{"KO/1"}, "dueOn", "2026-11-27", "unit", "Major crime", "estimate", 30000,
			"accreditation", body("standard", "ISO/IEC-17025", "number", "0001", "covers", "data recovery", "until", "2027-12-31"))), "submission=name|submission")
	s.on(11, "09:00")
	s.step("exo", "submission agree ${submission} --case HAL-1 --by 'Quayside Forensics' --reference Q/77 --price 280.00",
		post("/v1/cases/${case}/submissions/${submission}/answers", body("by", "Quayside Forensics", "reference", "Q/77", "price", 28000)))
}

// sharing lets another force see the exhibit for some days.
func (s *teller) sharing() {
	s.on(18, "09:00")
	s.step("sro", "organisation record northmoor --name 'Northmoor Police' --also territorial-police --home", post("/v1/organisations", body("code", "northmoor", "name", "Northmoor Police", "aliases", []string{"territorial-police"}, "home", true)))
	s.step("sro", "organisation record southmere --name 'Southmere Police'", post("/v1/organisations", body("code", "southmere", "name", "Southmere Police")))
	s.step("sio", "sharing add southmere --case HAL-1 --agreement ISA/1 --exhibit JAS/1 --use read --until 2026-11-30 --reason 'a linked burglary'",
		post("/v1/cases/${case}/sharings", body("with", "southmere", "agreement", "ISA/1", "exhibits", []string{"${exhibit}"}, "uses", []string{"read"}, "until", "2026-12-01T00:00:00Z", "reason", "a linked burglary")), "sharing=sharing|name")
	s.step("sio", "sharing list --case HAL-1", get("/v1/cases/${case}/sharings"))
	s.on(21, "09:00")
	s.step("sio", "sharing end ${sharing} --case HAL-1 --reason 'no longer needed'", post("/v1/cases/${case}/sharings/${sharing}/endings", body("reason", "no longer needed")))
}

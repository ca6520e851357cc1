// Package custody owns the use cases of custos: cases, authorities, imports,
// analyses, exhibits and the people who do them. Every use case asks the policy
// first, records the answer, signs what was done and appends it before anyone
// is told that it happened.
//
// It declares the interfaces it needs (Store, Sealer, Blobs, Authoriser,
// Recorder, Signers, Module) and leaves SQL, encryption, policy engines and
// signing keys to those who implement them. It never reads a clock but the one
// it is given, and never writes evidence, a name or a number to a log.
//
// # The room
//
// A file an idea. First what every use case is made of:
//
//	what it stands on   service ports store_port types names texts instant londonday clock readcache
//	an act              act requestid repeat decide question input explain consultation sheet signed payload acknowledge exchange
//	what follows        project facts fromlog registers parties people standings signons upkeep
//
// Then how a file becomes an exhibit, and reaches a court:
//
//	under authority     applications applicationdocument authorities authoritydocument authorityfacts authorityfields authoritygrant
//	                    authorityprojection authorityregister authorityretain documentfields documentset documenttemplate
//	a case              cases assignments roles identities
//	a file arrives      imports declared detect apart reading preview normalise balance totals scope wholefiles filenames listing uploads uploadrefused uploadtake
//	its rows are seen   pages rows table lines contents masking permissions permissionfacts
//	an analysis         analyses gather identified sought stepping lineage datasetfacts select selectcheck selectlist selectproof
//	an exhibit          exhibits exhibitfacts production meta check handout compare differences
//	a bundle            bundles bundleagain bundlebeside bundlecited bundleextraction bundlemay bundleshown bundlestamps bundlesubset
//	                    bundlewithheld stamps stampcheck
//	it is handed over   copies copyfacts copylist copysensitive copyserved serving servingbundle servedfacts revealing givenlist collecting recall
//	in parts            deliver deliverfetch deliverissue deliverlist deliverpack deliverreceipt
//
// Then what is kept beside it:
//
//	things              items itemfacts itemhandle itemline itemlist itemreceipt itemrefs itemreports itemsheets places
//	                    transfers transferlist submissions submissiondocument submissionlist submissionrecord costs costlist
//	telephones          extraction extractionfile extractionindex extractionmanifest extractionscope
//	                    kiosk kioskbring kioskclock kioskpack kioskpackread kioskreceipt kioskreceive kioskrefer kioskwipe
//	disclosure          disclosure assessing materials materiallist materiallooks notes registernumbers
//	                    schedules scheduleexhibits schedulereliability schedulesensitive schedulestrategy
//	what went wrong     defects affected errors errorclock errorfacts errorlist errorreach errorregister
//	its end             retention retentionfacts retentionlist retentionperiod retentionreview retentionrules holds
//	                    erasure erasurecarry erasurereach erasurewhose disposalbasis disposalrecord disposalreport
//	other forces        organisation organisations sharing sharingcache sharingfacts sharinglist sharingreceipt sharingwall
//	reports             reports reportkinds reportrecord reportagain reportelsewhere reportentries reportfigures reportdpia reportdpiasafe reportdpiawritten
//	                    reporthealth reportipco reportipcoerrors reportipcolist reportipcotables reportoversight reportsubject reportwaiting
//
// And what keeps the record itself in order:
//
//	the log and keys    keys keyscheck keysclose keysreplace cosigners loglink loglinkjoin loglinkroot loglinkuse
//	the rules           releases releaselist replay audit
package custody

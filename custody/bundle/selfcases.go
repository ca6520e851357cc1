package bundle

// The known cases of the self-test, in the forms in which they are met. Where
// nothing else is said they are the worked examples of the format.
// Source: FORMAT.md section 16; RFC 6234 section 8.5 (TEST1); RFC 8032 section
// 7.1 test 2.
const (
	selfDigest    = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	selfPublic    = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
	selfSignature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
	selfMessage   = "\x72"

	// keys 42 and 43 of the worked examples
	selfService  = "2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12"
	selfActor    = "22fc297792f0b6ffc0bfcfdb7edb0c0aa14e025a365ec0e342e86e3829cb74b6"
	selfEnvelope = `{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"keyid":"9a82517f9af19416d98fdbcf193726b3a95c0b6fec1d51884bf3e1b739ba2ef4","sig":"niDOaHgXEMMgfRfiY4F2o8gE1RM8fRcEA7qAJ5yUM3ndQhHxrprM98jkX5xqpMEWPIAUc2ORb+zCJsp2r014Cw=="},{"keyid":"c4fdbf2b8efcd92e78052c680524a357e0d913ba1c24c53b1c42eaad7fa6b39f","sig":"NHJ6wta1Gv4vwIEfke0P0zz6pAoIeHRK7k1ttGItbCZxmGMVaiRgCsngmD4niJjDOjDHLfRtGWmYyydcWLn6DQ=="}]}`

	selfChain          = "c18886b6c4f5a4045382ce04ecb2d0b22900fa240181d7c9a8ab9896989f904d"
	selfChainNonce     = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	selfInner          = "dd5941e26a0e3855e86c24729369a2149f77636564fcae2a0bb31dd1e41abb9f"
	selfInnerSalt      = "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	selfInnerFile      = `{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[]}`
	selfCommitChain    = "b5b4b3b2b1b0afaeadacabaaa9a8a7a6a5a4a3a2a1a09f9e9d9c9b9a99989796"
	selfCommitPrev     = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"
	selfCommitInner    = "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	selfCommitment     = "ec6f32c809594f6ec7f2323519231f7d5409af52f8e0ec567062e1a5db1877bc"
	selfPayloadSalt    = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	selfPayloadContent = "a8acc3a90a7b4e4dc65e93db9240ed26523050ef754d63b75b5161de76781436"
	selfPayload        = "337c9d08674217ca602bb7877f6fbc2f053340178281dcab6e683330436eb057"

	selfReceipt = "c2sp.org/tlog-proof@v1\n" +
		"index 1\n" +
		"2ntrPORx1XoXR5SdKe/LOqpVLZBKj+pGppQe0ztouXI=\n" +
		"6XCSqZ4CI527jj/js6W8vGyDYTGEmKYbQsXt8oS+Cqs=\n" +
		"\n" +
		"log.example/custos\n" +
		"3\n" +
		"DKNEvOX9kJMCDeEQM2mpYFT94/P0n2TTE8RXgbVcWD0=\n" +
		"\n" +
		"— log.example/custos 6y3bjmctKhuMUj8eBcGu7IxS4YHdG8LiY+LniKdvsTUDZaBRPnalrvX1dSEhAhqPlYRweh/nhjyAtIjeDcs0kibt+wU=\n" +
		"— co-signer.example/one ekS8wwAAAABrAgKVJvK19KC//0oNLjiztNvQWYRmi6eRqM1aiJKG7izlnSJDA8L/AYjM3m37E2qxTlOpqWNkQNzDsncqQbVetI+jCw==\n"
	selfLog      = "log.example/custos+eb2ddb8e+AddZeTu8E6KBmoJ8dq22+6ikmu4Af0ny0JktmbglrSxI"
	selfCoSigner = "co-signer.example/one+7a44bcc3+BGNVaRwXio/5EAenR4r7lV73NSxj57JXA5hM94sm4hpW"

	// a zip of one member, a frame of "custos " a hundred times, and a time stamp over
	// "the record" by an authority made up for this test; each in base64
	selfZip   = "UEsDBBQAAAAAAAAAIQCfqBf4BAAAAAQAAAADAAAAYS8xb25lClBLAQIUABQAAAAAAAAAIQCfqBf4BAAAAAQAAAADAAAAAAAAAAAAAAAAAAAAAABhLzFQSwUGAAAAAAEAAQAxAAAAJQAAAAAA"
	selfFrame = "KLUv/UQAvAF9AAA4Y3VzdG9zIAFUBwMtshRrKx/k"
	selfToken = "MIIC7AYJKoZIhvcNAQcCoIIC3TCCAtkCAQMxDTALBglghkgBZQMEAgMwbQYLKoZIhvcNAQkQAQSgXgRcMFoCAQEGA4g3ATAvMAsGCWCGSAFlAwQCAQQgkgdvCc58IuI6B0J9fuzgyjOet6mjoTVIYX" +
		"KMEHwTtcMCCQCSB28Jznwi4hgPMjAyNjExMjEwOTAwMDBaMAMCAQGgggEqMIIBJjCB2aADAgECAgECMAUGAytlcDAZMRcwFQYDVQQDEw5TZWxmLXRlc3Qgcm9vdDAeFw0yNjAxMDEwMDAwMDBaFw0z" +
		"NjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMTCVNlbGYtdGVzdDAqMAUGAytlcAMhAFq57BjS5kbUDkb0sBL8fKlR+Kt/4v9jz3NyDITv0w53o0swSTAOBgNVHQ8BAf8EBAMCB4AwHwYDVR0jBBgwFoAUgQ" +
		"qRsCGOzQBTdl1E9+84l9Rg73kwFgYDVR0lAQH/BAwwCgYIKwYBBQUHAwgwBQYDK2VwA0EAy0rf+38Y2s+QKmpFgmyGoFagfZ4pkX30uUWi8/spNioAAtIGqtxP8rD9OV9K2EbUOufw7p09Fw4Xlyj9" +
		"3TzUBTGCASYwggEiAgEBMB4wGTEXMBUGA1UEAxMOU2VsZi10ZXN0IHJvb3QCAQIwCwYJYIZIAWUDBAIDoIGmMBoGCSqGSIb3DQEJAzENBgsqhkiG9w0BCRABBDA3BgsqhkiG9w0BCRACLzEoMCYwJD" +
		"AiBCCp9O0GXe3R77O7MYxJwfSlB5KgZTk7S1Tm9G/koWS5szBPBgkqhkiG9w0BCQQxQgRATR2gp9xXASoWuNMVULuCYSbMUNpWbvKCzPv6Q7fltVFQLVPzzkTZ9K8Qh8t2GU6WzRrYjUEvtx6owOhM" +
		"qFWEdDAFBgMrZXAEQPaD2ZyLbansDm+ezdiZ1KFM+wd8tmdmBEDJvxHBzvohYXE5jAIi/3KR+CczuAN0NTNrMlBs7CN0TEd/1F4gPQw="
	selfRoot = "MIIBIjCB1aADAgECAgEBMAUGAytlcDAZMRcwFQYDVQQDEw5TZWxmLXRlc3Qgcm9vdDAeFw0yNjAxMDEwMDAwMDBaFw0zNjAxMDEwMDAwMDBaMBkxFzAVBgNVBAMTDlNlbGYtdGVzdCByb290MCowBQ" +
		"YDK2VwAyEAa9jE5Nhb7ZssZyrelwbiW7InJI+lFFa+ziWoYIc56I+jQjBAMA4GA1UdDwEB/wQEAwICBDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBSBCpGwIY7NAFN2XUT37ziX1GDveTAFBgMr" +
		"ZXADQQC++B0CkyMrrxHucxJLQjeiMiNC4hBp/3Oik25Vm3AwJ9d+LDiTsgdM56a1wisp9zOEq/8vzkkF9O+GfSRPqiMD"
)

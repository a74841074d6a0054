/** A key and a signature by it, to see whether this process can verify its algorithm. The private keys were thrown away. */
export interface Probe {
  readonly key: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

const MESSAGE = new TextEncoder().encode('Latchkey algorithm probe')

function probe(id: number, key: string, signature: string): [number, Probe] {
  return [id, { key: Buffer.from(key, 'base64url'), message: MESSAGE, signature: Buffer.from(signature, 'base64url') }]
}

/** One probe for every row of the table of algorithms: COSE_Key and signature, base64url. */
export const PROBES: ReadonlyMap<number, Probe> = new Map([
  // ES256
  probe(
    -7,
    'pQECAyYgASFYII-JdFE250ydidb7SbKIwRlt1SK9a-QOhTx47uA1GxgtIlgg9I0sKQMMj7Pm7jQCdHaGvsuzTzyWiB7XsvtprAtc-PQ',
    'MEUCIETHCimDHTGz1unJQFSPIAKBGu3xpKgcPxs-pDctTOmbAiEA2NOCanJF06gcPJf4Aa1p1e5Co6JcFq4y461aq4xYZ54',
  ),
  // EdDSA
  probe(
    -8,
    'pAEBAycgBiFYIMi0oIgtq6wp8bfWrHZNS_eGUE6KliX7-6U_-A4CfqzX',
    'zMrcT9ZY8jxzj5Ql-L80EMPqfKc02S-x473EChlrwg9NTvTBbcVTjLRlA1ABf5c0Ot1Fr9TYNbk0VbHED-h1BQ',
  ),
  // RS256
  probe(
    -257,
    [
      'pAEDAzkBACBZAQDBeXTWZA_5Yt6wiOtnS4UvosB3q0WZNymAUb9dlqaJB_E8ANFFhWPAvULpqzMLZ92l_odSsOz7b-4OllDmIz37Qi4I2tH31SSg85ax9OVt',
      'Y3zP6AJtkiOZsfKXjDRBfxOVRTY6CoM1jXdbft0uTeA7c7m066_5FmpTFmVln2306ef0D7BmGlj6oa-leoxWZA_YjtI-b9EihMiFyQzsCjrqUXDSzlQ4CnVc',
      'gyJDHltpK1CAsP52K3noqFLm89yyLDtOqTbo1EvT3FE3Q6f_gXpk9tgkTAbaBknG6c5HbCWogYG2I6bzHUojiR-HQic61hFSkvet-RcQYnWFW98jtd4FIUMB',
      'AAE',
    ].join(''),
    [
      'Bwb9sf1pc5F2OwrZleVNLfN4J368JUs5KpQira7iRZsCVCAEses8SRw4xi6NkaizJuu_TcDoXoVjK8CLMpsgtL34khsvhyr4ddhtb-CDTtGX2HzS_67fJ_2l',
      '_5lcIvGtI6s074E0Q0T9IWPfR6ozhoHoTloav57pXq__6iZcQkBFP_bo9jd535wuz3NBKgz0kQej1QxWn9Kol2Ll1vj8DytxdPL-9BtmiszuTBfJ1dBEy-Es',
      'SY_IMwWzT0KhRsXpKFGyxQY2PfxjUA_OJREl_pWkoFQ2JWWU65pqM4cQk_zAXvLNlWKtDSHGIZ9CE9gE3ooCDkRK-9e__e0-I6mM3g',
    ].join(''),
  ),
])

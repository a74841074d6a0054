/** What `probes.ts` tries the algorithms with: keys, and signatures by them of the text "Latchkey algorithm probe". */

/** Public keys, base64url: x and y of a point, or n and e of an RSA key. The private keys were thrown away. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  'P-256': ['Cp-9yUySWAkkhGFDd-r1g6S3P6c8XJTpxc-9bfOSNhQ', 'O0EjkhDn189iCRSDi0twhPw9tSoAVuypddxwA3ViJek'],
  'P-384': [
    'jIxU2MfqcakC-8f3SI81nTAFKapSv28hDucnvbmropWVfddq6iK-RNO4eFQ98Qwv',
    '5gVGWL7zm8jzNfs8ZMZxZqXWKcdrN-ytux2IeZ9Y7lnZunwQsdU5wNHz97LeD5gz',
  ],
  'P-521': [
    'AashulrWfTX0XldUNsV4HIF5OWeevfKWkkVz6hVT2yQpjJlPge27KkPFzKt8q1ACzewcWHZNj1q7QFeiEKbsixz0',
    'AT1FWdtYLTriUZGLRNpImRqpfLWKUXzsCK4Jm3GoMYbLQSoR-2_gVgTDg4k9OBg0hApeuHaqCoflLrqZmc7vnuy6',
  ],
  secp256k1: ['wqhqWkUQ78UMrQHi61cHOKiMV9fiFoP5yo5b5e_rYfQ', 'T7c8Zt06im6BYtZj1if9onGbNLc8uVyJiRYr5LEna70'],
  Ed25519: ['hld4_Kdz7tgLsVZfay-FJDhzBAS_y_cCgSaqk4V2Re4'],
  Ed448: ['6Y4_k9di92jVC3QxBn-x3ENTYXUfKTncJjGdGzOl9EemtRjQEIae6VrF2H_-YiQ6d_XEW4ciiCYA'],
  RSA: [
    [
      'x0HwqwK5_HnUXQqZOc_eVSnjQUAtiHLapvR7Aiw7Hfis7x90YyX_oIKcvCqiZD-Md2swh36Kd8AyQV-srAnyCcG5rkQW-MNGYvRPH_ZzRGKd5E0VDLK28uPb',
      '7gk1LPG_U-wQhc0ka4yDE5Aiv9NEDRsDesQy432g99P3fbqOVaZ55eP7B6gLZQ45i0KvSgnRl0ZeJ5BK7sF1EZjcPXFiV4lmDk3d01lco3Q1MqZMFAYNGCCa',
      'YjpUeGcuzNJW3unpzMsoVIOAfphI1wTVGH47jm4FCD_n88jIQ-G1DhV2DrpcpmbcfBRTFkJI1PSDqli3ELqZcYqQaUUoVdVkJ0aY7Q',
    ].join(''),
    'AQAB',
  ],
}

/** Signatures of the message by them, base64url. */
export const SIGNATURES: Readonly<Record<string, string>> = {
  '-7': 'MEYCIQCrayPHj8Cu86BF8Iz2sSPXFHVlUnjrOMgPA0C7kpEBOgIhAI_HK0h5CLopF2D4dHQ9kCEwftmXByHcgxY3e2TCHfQh',
  '-35': [
    'MGUCMALQydWEsyF1JdYnulXW2pPSrepME4eAPkvCZOPrjuax0nrEsbdY6qdF9voeVpdUQgIxALh_il1x4gyFBHxgEyYnXIHCi-sulYQns5td6gFGgp6rpUY5',
    's6yIIEwWc-xut17oBg',
  ].join(''),
  '-36': [
    'MIGHAkIBDaZTB-vv6M6MFDZI8HGVMNuf36LkQ98HBW2xustNWRmqQLm8VrQ1QNYGQYywQ1jOl46C5_D3EPhbXmt_BdGVtlsCQUoImctv50yPYzsvswbhc3cT',
    'Y3tRUdbXE-Zb2_HmyPix4Vu46QDFyUOwmiTpuYLPeWpPOWJ25qU9kPCY956IdC_3',
  ].join(''),
  '-47': 'MEYCIQCwJQ-2eWU2R-x4JGOBUhRBznapH_lj7hjsNYze_GINTAIhAJOxVThJgaYpeXeuoq3cJCSZVvp-YsJTCAL0hbAEkyY-',
  '-8': 'ItWYYOfefJYrXOOVpyNubIh_AAU1i6f3CiIDv-yeWsIdoG3C81IHY1-sByk0t9jyecS0gvWzhxzH8QCxmAFpCw',
  '-53': [
    'y-UESKPjS8x36eNGs_m3BWCkHYCa2xsMmUBQtT7AQ7pL_-TdGaV3dfk-ZRJ6k4tpoW4Rys_JbSWAkHO7Xp_tDgAT-OnnuierLWqu19NuiEWqdAHBN2difMTe',
    'YGyd_w9NbDymGVuc3V5FKc_DoENK9iAA',
  ].join(''),
  '-257': [
    'JrMbc_rk-NLQ67TdCCXcNcRnIt3jeRdAbxG__ZAcs1NZYKaV_aVn6L8_PBgowiq1lL-68QUHCSL5CusIz2bwuhDmQus-GCqRcOYahrD46_3wkeDzVW8ce0MN',
    'ui-G4CI6h4cX8Rc7SSB4oVqh4NGWTvKH7n8k1YqpoLucg48mI3IyL2tm35kjGgrQ4p9a9taNNpa46b1mAt7E_N9TcGlwY0S7ZHbRB1BhkkxRZ6uM7dJD03Vn',
    'ftbRdZALhUFzYJ01qfluDGauaiXqv7nhmWIANcdKkNaqZnbE-ppmTXzcLaSZla8qpa__j6wpasGBUZ70cc6YvRXHHJmqiQRNBpLULQ',
  ].join(''),
  '-258': [
    'bQNA4OaEAQDBDXlyNPSV29KLV_CJ3VPOIEukwhaa2ZoEgbq0YcdvJKo6NPXPhlge4wiqw893R9_SLhioZF7Rl2xzpdopxLwyp06TOwsxszdYfXpIcLVWMr1z',
    'pWDtIZrnNtFYv37ftjbqg46XPY6MrUh2QXlWRL6_ubitbDDa8Y7pOf8E1_ajLdtQgFGqNz2H5uYNwwO0eD9ONwarC017R5e-ISWwL7iOU_dUHvJ6YXCjtRX4',
    '7f-ZzErBjHNKU-33fKAHMDtr7iZ4urIdaq63d4fbTQIwrGyK3qQ36qBQKqJiD2erzneRRleFHk_LkFEGlBfbw8xatLlul0wR0RC5Fg',
  ].join(''),
  '-259': [
    'rlSw8WU5Kua6uY1xR_yQuXwe3Ah2Cl52XtpiiVQFCG2vbyNbgN28Hs4jL5b1GrMIs3fWuZkxkAiJOV1YG8-c9yG5CHZP8jXapurYce-roaB2ATVGRO19764s',
    'lXRQlAa-0NWzMxQDEAEExO0Fgr1AZnGxiFo7S18gkb94LeYfVD7UehvsDw8JKfuv4k81pEhYbyvgP2UG-pd8NJt8VN3UMiUQXqKAsdCdtfG4WP2GkPOSLQ8Y',
    'a64bOucUoPiRLYFzDpCoRdk0gnW53h0iz1EbMLeTu8j0O_7Q-zUnQuXCTWwK1z54Q6Wqyst18mOzTmNExYIb0_spz6LJUl_uBS2fPA',
  ].join(''),
  '-65535': [
    'fLGIj1lqTNj-WhGj3JvHXn7I3jo3Udn-vuOJDtZX3z9mKERnvtvGlsCql3-Zl-XQ1i-CH98ESC_xoKxrnporIISrJBHeY8qa-9mEVpOTTHTkKqDWG-7JNefH',
    'ppJz9JMGqGS2IlMjxHyLZ0etRZj0zVFB-AK8TGes9gHWrSUd0RX91QgQMzZ-78hSImGVa5UTlp9NqEhDyWDqBaJAWj203F3ei_fHd6-CWvNXZ8zplrcqksnj',
    'PGvnUZhokcCFvHEkhMfOOaUEAdw5Fjgw5a_GBTIfnNeu5LafZPulL8RB5F_8VgK8_NXEpwZysJ0kq4SX7iZMLlUWRMesyvrBRoSDTg',
  ].join(''),
  '-37': [
    'ZS6nBdBlxmjjXScbR4FnZUz7PVes0nmCsIx7gVc3p-LfA_vtZoEURkuSz8Tm88HxvKiQQ5ST46FnrR4a8n2KdPj6p5YQKyqOUTH0V-qEDcR-srU4hCycd-hZ',
    'ZUC27k5QIyo5ve8EvnFAhuVn2Eb_TFivOPnmsr7uQEo_lqn0T8nEHGPB-D6_kdI9bVydnwXvTJgGPAwDznntFht0uVyK1uvHzkwon_tBjt4jQUsmy9sk4dgv',
    'IlqJWpCrV-jLwt1ka8WIxGBEAKbi7Ytyqz4MxaiJbIjZlP48VcPtRXj-HGGFA9M9XSHjxEEa45PJPewxlNOZBKMjgf3NN-pMB2zapw',
  ].join(''),
  '-38': [
    'V0YdlnmhfPI45n3I-XBcM1pDU-midzhcGWTGBsuAQApt7JHjFUQ68WmQuR-e9tJuQcCAZ_sq7SXVLCM9kKYe17XeuyB8i00MJDzpzbtdKVkyS3oTpo9usR0V',
    'sqgYK9SFoRGvxNrnf-ChKAtST6-KxxSZuqYKLmgioTGSe8SkNyjGoX9FRJPJABSUxcftJH8emfxMiGe6OxvG98Y_sNkzO37egIDzqgIbz7n7ba8-zIPvigtf',
    'C2Bd2GIx471utTdUfPXl9tUe4AeZZsgQQB80uq54_2YQpGcjFt93UDPTWmSUsBfzzi6FOdWP6YvKLAbf2QMGAzwGvg9xAzgANceI5w',
  ].join(''),
  '-39': [
    'TRyjep5NSyG5nJHIk_r_gGCHfzWLZP6kM9PEMIrm3cyK6TnDfDVUDhGOPUymIg-kxXHCrvZkMZa6aQh-uog3no1ZHiosLFTr2KOrh1RCSvRlHf9uWtBJL2jo',
    'ZB0JLxRLefhD5IBHrANlPdAuNZrebSMf8OX7MuzgvrFa1r94wxXId44KToy5Srf0PDhdnYQo5YQKjlnobQ1M5w6ntDhoJ37s8SP83-yoTHL8Y5S1s2edrPCD',
    'IQywWLHP-HMhrOjR2l52-1pzZqmPnzu9cIQ-l6fSiJH3QioRnAr8rGjvuRbT8g71pyusgB5A8LvgbRwAGTLUIzNbnNL4vKUkjY8grA',
  ].join(''),
}

/**
 * One thing wrong with a certificate chain. The statement stays right in itself; only a relying party that checks whom it trusts
 * can refuse it (RFC 5280 §6.1):
 * - `expired`, `not-yet-valid`: the leaf's validity
 * - `altered`: the last bit of the leaf's serial number, after signing
 * - `wrong-issuer`: another authority of the same name and key identifier signed the leaf
 * - `intermediate-not-ca`, `intermediate-expired`: same key and name, other certificate
 * - `intermediate-missing`: the chain is the leaf alone, though an intermediate issued it
 * - `chain-out-of-order`: two intermediates, the upper one before the lower one
 * - `unknown-critical-extension`: in the leaf
 */
export type TrustDefect =
  | 'expired'
  | 'not-yet-valid'
  | 'altered'
  | 'wrong-issuer'
  | 'intermediate-not-ca'
  | 'intermediate-expired'
  | 'intermediate-missing'
  | 'chain-out-of-order'
  | 'unknown-critical-extension'

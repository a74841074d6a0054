import type { Translator } from '../../messages/index.ts'
import { Link } from '../ui/buttons.tsx'

/** Stands in the button's place where the browser has no passkeys (O27, K10). */
export const Unsupported = ({ t }: { t: Translator }) => (
  <p class="lk-hint lk-center" data-lk-unsupported="LK201" hidden>
    {t('sign_in.unsupported')}{' '}
    <Link inline href="/check-device">
      {t('sign_in.why')}
    </Link>
  </p>
)

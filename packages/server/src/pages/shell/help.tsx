import type { Brand } from '../../config.ts'
import type { MessageKey, Translator } from '../../messages/index.ts'
import { Link, LinkButton } from '../ui/buttons.tsx'
import { Section } from '../ui/heads.tsx'
import { Banner } from '../ui/notes.tsx'
import { WherePasskeysWork } from './device-check.tsx'

/** The day on which the texts were last checked against what the pages do; change it with them. */
export const HELP_UPDATED_AT = Date.UTC(2026, 10, 22)
const ICLOUD_HELP = 'https://support.apple.com/109016'

const TROUBLES = [
  'no_button',
  'blocker',
  'extension',
  'fails',
  'right_finger',
  'private',
  'in_app',
  'lock',
  'bluetooth',
  'icloud',
  'google',
  'key',
  'wait',
] as const
const SECTIONS = ['what', 'need', 'create', 'sign_in', 'lost', 'new', 'trouble', 'support'] as const

export interface HelpProps {
  t: Translator
  brand: Pick<Brand, 'name' | 'supportUrl'>
}

/** "Passkeys: how they work here": every sentence holds for the pages beside it. */
export function Help({ t, brand }: HelpProps) {
  return (
    <>
      <div>
        <h1 tabindex={-1}>{t('help.title')}</h1>
        <p class="lk-lead">{t('help.lead')}</p>
        <p class="lk-small lk-muted lk-gap-8">
          {t.parts('help.updated', {
            date: <time datetime={new Date(HELP_UPDATED_AT).toISOString().slice(0, 10)}>{t.date(HELP_UPDATED_AT)}</time>,
          })}
        </p>
      </div>
      <nav aria-labelledby="contents">
        <h2 class="lk-group" id="contents">
          {t('help.contents')}
        </h2>
        <ul class="lk-toc">
          {SECTIONS.map(section => (
            <li>
              <a href={`#${section}`}>{t(`help.${section}`)}</a>
            </li>
          ))}
        </ul>
      </nav>

      <Section id="what" title={t('help.what')}>
        <div class="lk-prose">
          <p>{t('help.what.1')}</p>
          <Points t={t} keys={['help.what.2', 'help.what.3', 'help.what.4', 'help.what.5', 'help.what.6']} />
        </div>
        <Banner tone="warn" class="lk-gap-16">
          {t('help.what.7')}
        </Banner>
      </Section>

      <Section id="need" title={t('help.need')}>
        <div class="lk-prose">
          <Points t={t} keys={['help.need.1', 'help.need.2', 'help.need.3', 'help.need.4', 'help.need.5']} />
          <p>
            <Link href={ICLOUD_HELP} icon="external" rel="noreferrer">
              {t('help.need.4.link')}
            </Link>
          </p>
        </div>
      </Section>
      <WherePasskeysWork t={t} id="where" />

      <Section id="create" title={t('help.create')}>
        <div class="lk-prose">
          <p>{t('help.create.where')}</p>
          {(['device', 'phone', 'key'] as const).map(place => (
            <>
              <h3>{t(`help.create.${place}`)}</h3>
              <p>{t(`help.create.${place}.text`)}</p>
            </>
          ))}
          <p>{t('help.create.other')}</p>
          <p>{t('help.create.several')}</p>
          <p>{t('help.create.backup')}</p>
        </div>
        <Banner tone="warn" title={`${t('help.create.shared.title')}.`} class="lk-gap-16">
          {t('help.create.shared')} {t('help.create.public')}
        </Banner>
      </Section>

      <Section id="sign_in" title={t('help.sign_in')}>
        <div class="lk-prose">
          <Points t={t} keys={['help.sign_in.1', 'help.sign_in.2', 'help.sign_in.3', 'help.sign_in.4', 'help.sign_in.5']} />
        </div>
      </Section>

      <Section id="lost" title={t('help.lost')}>
        <div class="lk-prose">
          <Points t={t} keys={['help.lost.1', 'help.lost.2', 'help.lost.3', 'help.lost.4']} />
          <h3>{t('help.lost.synced')}</h3>
          <p>{t('help.lost.synced.text')}</p>
          <Points t={t} keys={['help.lost.icloud', 'help.lost.google', 'help.lost.microsoft', 'help.lost.manager']} />
          <h3>{t('help.lost.device')}</h3>
          <p>{t('help.lost.device.text')}</p>
          <p>{t('help.lost.two')}</p>
          <p>
            {t('help.lost.none')}{' '}
            <Link href="/recover" inline>
              {t('help.lost.recover')}
            </Link>
          </p>
        </div>
      </Section>

      <Section id="new" title={t('help.new')}>
        <div class="lk-prose">
          <Points t={t} keys={['help.new.1', 'help.new.2', 'help.new.3']} />
        </div>
      </Section>

      <Section id="trouble" title={t('help.trouble')}>
        <p>{t('help.trouble.check')}</p>
        <p class="lk-gap-16">
          <LinkButton href="/check-device" variant="primary">
            {t('help.check_button')}
          </LinkButton>
        </p>
        <div class="lk-prose">
          {TROUBLES.map(trouble => (
            <>
              <h3>{t(`help.trouble.${trouble}`)}</h3>
              <p>{t(`help.trouble.${trouble}.text`)}</p>
            </>
          ))}
        </div>
      </Section>

      <Section id="support" title={t('help.support')}>
        <div class="lk-prose">
          <p>{t('help.support.text')}</p>
          {brand.supportUrl ? (
            <p>
              <LinkButton href={brand.supportUrl}>{t('help.support_button')}</LinkButton>
            </p>
          ) : (
            <p>{t('help.support.none', { brand: brand.name })}</p>
          )}
        </div>
      </Section>
    </>
  )
}

const Points = ({ t, keys }: { t: Translator; keys: readonly MessageKey[] }) => (
  <ul>
    {keys.map(key => (
      <li>{t(key)}</li>
    ))}
  </ul>
)

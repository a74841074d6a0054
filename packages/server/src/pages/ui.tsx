/**
 * The parts that pages are made of. Typed, escaped, without inline style or script; class names are those of `assets/latchkey.css`.
 * What pages share (addresses of files and routes, the form token, the language) comes from contexts that the shell provides.
 */

export { cx, type Hooks, type Tone } from './ui/base.ts'
export { Button, type ButtonProps, Link, LinkButton, type LinkButtonProps, type LinkProps } from './ui/buttons.tsx'
export {
  Check,
  type CheckProps,
  Option,
  type OptionProps,
  Switch,
  type SwitchProps,
  SwitchRow,
  type SwitchRowProps,
} from './ui/choices.tsx'
export { AssetContext, FormTokenContext, HrefContext, TranslatorContext, useHref, useT } from './ui/context.ts'
export { DialogContent, type DialogContentProps } from './ui/dialog.tsx'
export { ErrorBox, type ErrorBoxProps, errorWords, ProblemBox, type ProblemBoxProps, problemWords, reference } from './ui/errors.tsx'
export { Codes, type Detail, Details, Meter, type MeterItem, Status, Table } from './ui/facts.tsx'
export { CodeField, type CodeFieldProps, Field, type FieldProps, PasswordField, type PasswordFieldProps } from './ui/fields.tsx'
export { Form, type FormProps, FormToken } from './ui/form.tsx'
export { Empty, type EmptyProps, More, Points, Steps, Still } from './ui/guidance.tsx'
export { Back, PageHead, Section, type SectionProps, TaskHead, type TaskHeadProps } from './ui/heads.tsx'
export { Actions, Card, type CardProps, Cluster, Or, PanelFoot, Stack } from './ui/layout.tsx'
export { Badge, type BadgeProps, Banner, type BannerProps } from './ui/notes.tsx'
export { Art, type ArtName, Icon, type IconName, type IconProps, Tile, type TileProps } from './ui/pictures.tsx'
export { List, Row, type RowProps } from './ui/rows.tsx'
export { AddressText, Chip, Hidden, Identifier, initial, Msg, Time, type TimeProps } from './ui/words.tsx'

/**
 * The parts that pages are made of. Typed, escaped, without inline style or script; class names are those of `assets/latchkey.css`.
 * What pages share (addresses of files and routes, the form token, the language) comes from contexts that the shell provides.
 */

export { cx, type Hooks, type Tone } from './base.ts'
export { Button, type ButtonProps, Link, LinkButton, type LinkButtonProps, type LinkProps } from './buttons.tsx'
export {
  Check,
  type CheckProps,
  Option,
  type OptionProps,
  Switch,
  type SwitchProps,
  SwitchRow,
  type SwitchRowProps,
} from './choices.tsx'
export { AssetContext, FormTokenContext, HrefContext, TranslatorContext, useHref, useT } from './context.ts'
export { DialogContent, type DialogContentProps } from './dialog.tsx'
export { ErrorBox, type ErrorBoxProps, errorWords, ProblemBox, type ProblemBoxProps, problemWords, reference } from './errors.tsx'
export { Codes, type Detail, Details, Meter, type MeterItem, Status, Table } from './facts.tsx'
export { CodeField, type CodeFieldProps, Field, type FieldProps, PasswordField, type PasswordFieldProps } from './fields.tsx'
export { Form, type FormProps, FormToken } from './form.tsx'
export { Empty, type EmptyProps, More, Points, Steps, Still } from './guidance.tsx'
export { Back, PageHead, Section, type SectionProps, TaskHead, type TaskHeadProps } from './heads.tsx'
export { Actions, Card, type CardProps, Cluster, Or, PanelFoot, Stack } from './layout.tsx'
export { Badge, type BadgeProps, Banner, type BannerProps } from './notes.tsx'
export { Art, type ArtName, Icon, type IconName, type IconProps, Tile, type TileProps } from './pictures.tsx'
export { List, Row, type RowProps } from './rows.tsx'
export { AddressText, Chip, Hidden, Identifier, initial, Msg, Time, type TimeProps } from './words.tsx'

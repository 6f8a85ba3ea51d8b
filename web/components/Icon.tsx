/** The page's icons, drawn on a grid of 16: one stroke, no fill, the colour of the text around them. */
const PATHS = {
  back: 'M10 3 5 8l5 5',
  check: 'm3 8.5 3.5 3.5L13 5',
  checkAll: 'm1.5 8.5 3 3L10 6M7.5 10.5l1 1L14.5 5.5',
  clip: 'm13.5 7.5-5.3 5.2a3.2 3.2 0 0 1-4.6-4.5L9 2.9a2.1 2.1 0 0 1 3 3L6.9 11a1 1 0 0 1-1.5-1.4l4.8-4.8',
  close: 'm4 4 8 8M12 4l-8 8',
  compare: 'M2 3.5h5v9H2ZM9 3.5h5v9H9Z',
  contrast: 'M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0ZM8 2v12M10 3v10M12 4.5v7',
  copy: 'M5.5 5.5v-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2M3.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1Z',
  desktop: 'M2.5 3h11a.5.5 0 0 1 .5.5v7a.5.5 0 0 1-.5.5h-11a.5.5 0 0 1-.5-.5v-7a.5.5 0 0 1 .5-.5ZM6 13.5h4',
  down: 'm4 6 4 4 4-4',
  download: 'M8 2.5v8m-3.5-3L8 11l3.5-3.5M3 13.5h10',
  external: 'M9.5 2.5h4v4M13 3 7.5 8.5M11.5 9.5v3a1 1 0 0 1-1 1h-7a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1h3',
  file: 'M9 1.5H4.5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h7a1 1 0 0 0 1-1V5L9 1.5ZM9 1.5V5h3.5',
  folder: 'M2 4.5a1 1 0 0 1 1-1h3l1.5 2H13a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-7Z',
  help: 'M6 6.2a2 2 0 1 1 2.8 1.9c-.5.2-.8.6-.8 1.1v.3M8 11.6v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  image: 'M2.5 3h11v10h-11ZM2.5 11l3-3 3 3 2-2 3 3M10.5 6v.1',
  info: 'M8 7.3v3.9M8 4.8v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z',
  inbox: 'M2 8.5 4 3.5h8l2 5v4H2v-4h3.7l.8 1.5h3l.8-1.5H14',
  link: 'M6.5 9.5a2.5 2.5 0 0 0 3.6 0l2.6-2.6a2.5 2.5 0 0 0-3.6-3.6L8 4.4M9.5 6.5a2.5 2.5 0 0 0-3.6 0L3.3 9.1a2.5 2.5 0 0 0 3.6 3.6L8 11.6',
  mail: 'M2 4.5a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-7ZM2.3 4.3 8 9l5.7-4.7',
  mailOpen: 'M2 6.5 8 2l6 4.5v6a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1v-6ZM2.3 6.7 8 10.5l5.7-3.8',
  more: 'M3 7.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1ZM8 7.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1ZM13 7.5a.5.5 0 1 0 0 1 .5.5 0 0 0 0-1Z',
  moon: 'M13.5 9.5A6 6 0 1 1 6.5 2.5a5 5 0 0 0 7 7Z',
  none: '',
  phone: 'M5 1.5h6a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM7.5 12.5h1',
  plus: 'M8 3v10M3 8h10',
  pencil: 'M3 13l.6-2.7 7.2-7.2a1 1 0 0 1 1.4 0l.7.7a1 1 0 0 1 0 1.4L5.7 12.4 3 13ZM9.8 4.2l2 2',
  preferences:
    'M10 8a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM6.8 1.8h2.4l.4 1.8 1.5.9 1.8-.6 1.2 2.1-1.4 1.3v1.4l1.4 1.3-1.2 2.1-1.8-.6-1.5.9-.4 1.8H6.8l-.4-1.8-1.5-.9-1.8.6-1.2-2.1 1.4-1.3V7.3L1.9 6l1.2-2.1 1.8.6 1.5-.9Z',
  rules:
    'M2.5 4.5h4M10.5 4.5h3M6.5 4.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM2.5 11.5h1.5M8 11.5h5.5M4 11.5a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z',
  search: 'M11.5 7a4.5 4.5 0 1 1-9 0 4.5 4.5 0 0 1 9 0ZM13.5 13.5l-3.3-3.3',
  sessions: 'M2.5 5h9M9 2.5 11.5 5 9 7.5M13.5 11h-9M7 8.5 4.5 11 7 13.5',
  share: 'M8 10V2.5M5 5l3-3 3 3M5.5 7H4a1 1 0 0 0-1 1v5a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V8a1 1 0 0 0-1-1h-1.5',
  sun: 'M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0ZM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1M3.4 12.6l1-1M11.6 4.4l1-1',
  tablet: 'M3.5 1.5h9a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-11a1 1 0 0 1 1-1ZM7 12.5h2',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.6 9a.8.8 0 0 0 .8.7h5.2a.8.8 0 0 0 .8-.7L12 4M6.7 6.8v4.4M9.3 6.8v4.4',
  up: 'm4 10 4-4 4 4',
  warning: 'M8 2 1.5 13.5h13L8 2ZM8 6.5v3.2M8 11.6v.1',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}

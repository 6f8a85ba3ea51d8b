/** The mark: a letter, and its double behind it. */
export function Mark() {
  return (
    <svg
      className="mark"
      width="24"
      height="24"
      viewBox="0 0 32 32"
      fill="none"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M9 4h18a3 3 0 0 1 3 3v12a3 3 0 0 1-3 3" className="mark-double" strokeWidth="2.5" />
      <rect x="2" y="9" width="23" height="18" rx="3" className="mark-letter" />
      <path d="m5 13 8.5 6.5L22 13" className="mark-flap" strokeWidth="2.5" strokeLinejoin="round" />
    </svg>
  )
}

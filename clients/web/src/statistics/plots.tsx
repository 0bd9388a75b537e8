/** Plots, drawn as SVG without a library: columns over time, a week by its hours, and rows with a bar each. What they show stands in a table
 * besides, which is what a screen reader and the keyboard have: its lines are links to the messages. */
import type { ComponentChildren } from "preact";
import { number, time } from "../i18n/dates.ts";
import { t } from "../i18n/i18n.ts";
import { go, type Place } from "../app/router.ts";
import { Link } from "../ui/link.tsx";

export function Figure({ title, hint, children }: { title: string; hint?: string; children: ComponentChildren }) {
  return (
    <section class="card figure">
      <h2>{title}</h2>
      {hint && <p class="field-hint">{hint}</p>}
      {children}
    </section>
  );
}

export interface Column {
  label: string;
  /** From the bottom up, in the order of the series. */
  values: readonly number[];
  to: Partial<Place>;
}

const HEIGHT = 100;

/** Columns of stacked series. A narrow screen makes them narrow, not small: the letters are outside of the drawing. */
export function Columns({ series, columns, format = number }: { series: readonly string[]; columns: readonly Column[]; format?: (n: number) => string }) {
  const sum = (column: Column): number => column.values.reduce((a, b) => a + b, 0);
  const max = Math.max(...columns.map(sum), 0);
  const height = (value: number): number => (max ? (value / max) * HEIGHT : 0);
  const middle = columns[Math.floor(columns.length / 2)];
  return (
    <>
      {series.length > 1 && (
        <ul class="legend" aria-hidden="true">
          {series.map((name, i) => (
            <li key={name}><svg class="swatch" viewBox="0 0 1 1"><rect class={`series-${i}`} width="1" height="1" /></svg>{name}</li>
          ))}
        </ul>
      )}
      <div class="plot" aria-hidden="true">
        <span class="plot-max">{format(max)}</span>
        <svg class="columns" viewBox={`0 0 ${columns.length} ${HEIGHT}`} preserveAspectRatio="none">
          {columns.map((column, i) => {
            let bottom = HEIGHT;
            return (
              <g key={column.label} class="column" onClick={() => go(column.to)}>
                <title>{`${column.label}: ${column.values.map((v, s) => (series.length > 1 ? `${series[s]} ${format(v)}` : format(v))).join(", ")}`}</title>
                <rect class="hit" x={i} y="0" width="1" height={HEIGHT} />
                {column.values.map((value, s) => <rect key={s} class={`series-${s}`} x={i + 0.1} y={(bottom -= height(value))} width="0.8" height={height(value)} />)}
              </g>
            );
          })}
        </svg>
        <div class="plot-axis">
          <span>{columns[0]?.label}</span>
          {columns.length > 2 && <span>{middle?.label}</span>}
          {columns.length > 1 && <span>{columns.at(-1)?.label}</span>}
        </div>
      </div>
      <details>
        <summary>{t("statistics-table")}</summary>
        <div class="table-box" tabIndex={0} role="region" aria-label={t("statistics-table")}>
          <table>
            <thead><tr><th scope="col">{t("statistics-when")}</th>{series.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
            <tbody>
              {columns.filter((column) => sum(column) > 0).reverse().map((column) => (
                <tr key={column.label}>
                  <th scope="row"><Link to={column.to}>{column.label}</Link></th>
                  {column.values.map((value, s) => <td key={s}>{format(value)}</td>)}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}

/** Seven days of 24 hours: the more, the stronger the colour. */
export function WeekMap({ counts, days }: { counts: readonly (readonly number[])[]; days: readonly string[] }) {
  const max = Math.max(...counts.flat(), 0);
  const hours = counts[0]?.map((_, hour) => hour) ?? [];
  return (
    <div class="table-box" tabIndex={0} role="region" aria-label={t("statistics-hours")}>
      <table class="week-map">
        <thead>
          <tr>
            <td />
            {hours.map((hour) => <th key={hour} scope="col"><span class={hour % 6 ? "visually-hidden" : ""}>{hour}</span></th>)}
          </tr>
        </thead>
        <tbody>
          {counts.map((row, day) => (
            <tr key={day}>
              <th scope="row">{days[day]}</th>
              {row.map((count, hour) => (
                <td key={hour} title={t("statistics-hour", { day: days[day]!, time: time(new Date(2024, 0, 1, hour)), count })}>
                  <svg viewBox="0 0 10 10" aria-hidden="true"><rect class="series-0" width="10" height="10" rx="1.5" fill-opacity={max ? count / max : 0} /><rect class="edge" width="10" height="10" rx="1.5" /></svg>
                  <span class="visually-hidden">{number(count)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface BarRow {
  key: string;
  label: string;
  more?: string | undefined;
  value: number;
  to?: Partial<Place> | undefined;
}

/** The longest first, each with its number. */
export function Bars({ what, rows, format = number }: { what: string; rows: readonly BarRow[]; format?: (n: number) => string }) {
  const max = Math.max(...rows.map((row) => row.value), 0);
  return (
    <table class="bars">
      <thead class="visually-hidden"><tr><th scope="col">{what}</th><th scope="col">{t("statistics-count")}</th></tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">{row.to ? <Link to={row.to}><bdi>{row.label}</bdi></Link> : <bdi>{row.label}</bdi>}{row.more && <span class="field-hint"> <bdi>{row.more}</bdi></span>}</th>
            <td>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="series-0" width={max ? (row.value / max) * 100 : 0} height="10" /></svg>
              <span>{format(row.value)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the terminal can show: colours, signs, and how wide it is. */
import { Paint, type Terminal } from './paint.js';

const NARROWEST = 60;
const WIDEST = 100;
const WITHOUT_TERMINAL = 80;

type Stream = Pick<NodeJS.WriteStream, 'columns' | 'isTTY'>;

export function terminalPaint(options: { readonly ascii?: boolean } = {}, stream: Stream = process.stdout): Paint {
  return new Paint(terminalOf(options, stream));
}

function terminalOf({ ascii = false }: { readonly ascii?: boolean }, stream: Stream): Terminal {
  const { env } = process;
  const columns = stream.columns ?? Number(env.COLUMNS ?? WITHOUT_TERMINAL);
  const width = Math.min(
    WIDEST,
    Math.max(NARROWEST, Number.isFinite(columns) && columns > 0 ? columns : WITHOUT_TERMINAL),
  );
  const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0';
  // npm takes --no-color for itself, and says so this way.
  const isRefused =
    (env.NO_COLOR ?? '') !== '' || env.npm_config_color === 'false' || process.argv.includes('--no-color');
  const hasColor = !isRefused && (isForced || (stream.isTTY === true && env.TERM !== 'dumb'));
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  // No locale at all is how programs run in containers: those show UTF-8, too.
  const hasUnicode = !ascii && env.TERM !== 'linux' && (locale === '' || /utf-?8/i.test(locale));
  return { width, hasColor, hasUnicode };
}

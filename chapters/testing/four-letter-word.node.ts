/** Asks a server one of the four-letter words. */
import { connect } from 'node:net';
import { GUARD_MS } from '#testing/child-process.node.js';

/**
 * Sends the word and collects the answer until the server closes the connection.
 * @param host an address, or a name
 * @param guardMs how long the server may be silent
 * @throws {Error} (as a rejection) when there is no connection, or no end of the answer
 */
export function fourLetterWord(port: number, word: string, host = '127.0.0.1', guardMs = GUARD_MS): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect({ port, host, noDelay: true }, () => socket.write(word));
    socket.setEncoding('utf8');
    socket.setTimeout(guardMs, () => socket.destroy(new Error(`no end of the answer to ${word} in ${guardMs} ms`)));
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}

import { describe, expect, it } from 'vitest';
import { EveryType } from '#05-jute/example/every-type.js';
import { ACL, Stat } from '#05-jute/records/data.js';
import { ConnectRequest, GetACLResponse, SetWatches } from '#05-jute/records/proto.js';
import { QuorumPacket } from '#05-jute/records/quorum.js';
import { MultiTxn } from '#05-jute/records/txn.js';
import { signature } from '#05-jute/signature.js';
import { proves } from '#testing/proves.js';

/** As Apache's generated classes have them. */
describe('signatures (JU-16)', () => {
  it.each([
    [Stat, 'LStat(lllliiiliil)'],
    [ACL, 'LACL(iLId(ss))'],
    [ConnectRequest, 'LConnectRequest(ililBz)'],
    [SetWatches, 'LSetWatches(l[s][s][s])'],
    [GetACLResponse, 'LGetACLResponse([LACL(iLId(ss))]LStat(lllliiiliil))'],
    [QuorumPacket, 'LQuorumPacket(ilB[LId(ss)])'],
    [MultiTxn, 'LMultiTxn([LTxn(iB)])'],
    [EveryType, 'LEveryType(bzilfdsBLPoint(ii)lll[b][z][i][l][f][d][s][B][LPoint(ii)][[s]]{sl}{i[LPoint(ii)]}[{zB}])'],
  ])('$name', (type, expected) => {
    proves('JU-16');
    expect(signature(type)).toBe(expected);
  });
});

// Packets that Linux 6.18 sent, read from a TUN device: the bytes, checksums included, against our reading of them and
// our own bytes for the same segment. The text of each was checked with tshark. net.ipv6.auto_flowlabels was 0.

import { describe, expect, it } from 'vitest';
import { decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { formatSegment } from './notation.ts';
import { formatHex, parseHex } from './notation-options.ts';

const hex = (text: TemplateStringsArray): Uint8Array => parseHex(text.raw.join('')) as Uint8Array;

const packets = [
  {
    name: 'SYN, default',
    text: 'S 1221677386:1221677386(0) win 64240 <mss 1460,sackOK,TS val 703129038 ecr 0,nop,wscale 10>',
    bytes: hex`4500003c8c81400040062a37c0000201c0000202
      de9a005048d1514a00000000a002faf0404b0000020405b40402080a29e8e5ce000000000103030a`,
  },
  {
    name: 'SYN, tcp_timestamps=0',
    text: 'S 529422295:529422295(0) win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 10>',
    bytes: hex`450000341d1c4000400699a4c0000201c0000202
      dea800501f8e57d7000000008002faf099bb0000020405b4010104020103030a`,
  },
  {
    name: 'SYN, tcp_sack=0',
    text: 'S 939631295:939631295(0) win 64240 <mss 1460,nop,nop,TS val 3051803952 ecr 0,nop,wscale 10>',
    bytes: hex`4500003cb98740004006fd30c0000201c0000202
      ba9a00503801a2bf00000000a002faf0ab460000020405b40101080ab5e6d530000000000103030a`,
  },
  {
    name: 'SYN, tcp_window_scaling=0',
    text: 'S 1735833652:1735833652(0) win 64240 <mss 1460,sackOK,TS val 3843706425 ecr 0>',
    bytes: hex`45000038efca40004006c6f1c0000201c0000202
      baa200506776b834000000009002faf0cf270000020405b40402080ae51a4e3900000000`,
  },
  {
    name: 'SYN, window scaling alone',
    text: 'S 492228901:492228901(0) win 64240 <mss 1460,nop,wscale 10>',
    bytes: hex`450000305d6d400040065957c0000201c0000202
      baa600501d56d125000000007002faf05bae0000020405b40103030a`,
  },
  {
    name: 'SYN, SACK alone',
    text: 'S 2201247164:2201247164(0) win 64240 <mss 1460,nop,nop,sackOK>',
    bytes: hex`45000030f00740004006c6bcc0000201c0000202
      bac0005083345dbc000000007002faf068290000020405b401010402`,
  },
  {
    name: 'SYN, timestamps alone',
    text: 'S 2982335258:2982335258(0) win 64240 <mss 1460,nop,nop,TS val 591867737 ecr 0>',
    bytes: hex`45000038ac0a400040060ab2c0000201c0000202
      bab20050b1c2d31a000000009002faf04d9a0000020405b40101080a23472f5900000000`,
  },
  {
    name: 'SYN, no option but MSS',
    text: 'S 2255439512:2255439512(0) win 64240 <mss 1460>',
    bytes: hex`4500002c21144000400695b4c0000201c0000202
      baa80050866f4698000000006002faf091310000020405b4`,
  },
  {
    name: 'SYN, tcp_ecn=1',
    text: 'SEW 370487475:370487475(0) win 64240 <mss 1460,sackOK,TS val 403915966 ecr 0,nop,wscale 10>',
    bytes: hex`4500003c96c5400040061ff3c0000201c0000202
      bac80050161530b300000000a0c2faf069960000020405b40402080a181344be000000000103030a`,
  },
  {
    name: 'SYN, Fast Open cookie request',
    text: 'S 1721635661:1721635661(0) win 64240 <mss 1460,sackOK,TS val 3039019233 ecr 0,nop,wscale 10,FO,nop,nop>',
    bytes: hex`45000040471d400040066f97c0000201c0000202
      d5d20051669e134d00000000b002faf0cfec0000020405b40402080ab523c0e1000000000103030a
      22020101`,
  },
  {
    name: 'SYN, Fast Open cookie and data',
    text: 'S 827662099:827662102(3) win 64240 <mss 1460,sackOK,TS val 2162364419 ecr 0,nop,wscale 10,FO 0011223344556677,nop,nop>',
    bytes: hex`4500004b32cb4000400683dec0000201c0000202
      d5de005131551f1300000000d002faf00df90000020405b40402080a80e31003000000000103030a
      220a00112233445566770101726571`,
  },
  {
    name: 'SYN-ACK, nothing offered',
    text: 'S. 2671731056:2671731056(0) ack 1001 win 64240 <mss 1460>',
    bytes: hex`4500002c000040004006b6c8c0000201c0000202
      1f909c419f3f6170000003e96012faf058b70000020405b4`,
  },
  {
    name: 'SYN-ACK, everything offered',
    text: 'S. 2578130243:2578130243(0) ack 1001 win 65160 <mss 1460,sackOK,TS val 3737471120 ecr 100,nop,wscale 10>',
    bytes: hex`4500003c000040004006b6b8c0000201c0000202
      1f909c4399ab2543000003e9a012fe881efb0000020405b40402080adec54890000000640103030a`,
  },
  {
    name: 'SYN-ACK, no timestamps offered',
    text: 'S. 4231322058:4231322058(0) ack 1001 win 64240 <mss 1460,nop,nop,sackOK,nop,wscale 10>',
    bytes: hex`45000034000040004006b6c0c0000201c0000202
      1f909c44fc34d9ca000003e98012faf05a4c0000020405b4010104020103030a`,
  },
  {
    name: 'SYN-ACK, no SACK offered',
    text: 'S. 317549305:317549305(0) ack 1001 win 65160 <mss 1460,nop,nop,TS val 3244746861 ecr 100,nop,wscale 10>',
    bytes: hex`4500003c000040004006b6b8c0000201c0000202
      1f909c4512ed6af9000003e9a012fe88e0830000020405b40101080ac166e86d000000640103030a`,
  },
  {
    name: 'SYN-ACK, window scale offered',
    text: 'S. 1065012586:1065012586(0) ack 1001 win 64240 <mss 1460,nop,wscale 10>',
    bytes: hex`45000030000040004006b6c4c0000201c0000202
      1f909c463f7acd6a000003e97012faf0386c0000020405b40103030a`,
  },
  {
    name: 'SYN-ACK, timestamps offered',
    text: 'S. 1979643785:1979643785(0) ack 1001 win 65160 <mss 1460,nop,nop,TS val 4293826427 ecr 100>',
    bytes: hex`45000038000040004006b6bcc0000201c0000202
      1f909c4775fef789000003e99012fe88175b0000020405b40101080affee977b00000064`,
  },
  {
    name: 'SYN-ACK, SACK offered',
    text: 'S. 226045816:226045816(0) ack 1001 win 64240 <mss 1460,nop,nop,sackOK>',
    bytes: hex`45000030000040004006b6c4c0000201c0000202
      1f909c480d792f78000003e97012faf007680000020405b401010402`,
  },
  {
    name: 'SYN-ACK, Fast Open cookie granted',
    text: 'S. 4208605672:4208605672(0) ack 1001 win 65160 <mss 1460,sackOK,TS val 4070467789 ecr 100,nop,wscale 10,FO 7ce3f0bf8b29c99b,nop,nop>',
    bytes: hex`45000048000040004006b6acc0000201c0000202
      1f911388fada39e8000003e9d012fe88e84a0000020405b40402080af29e68cd000000640103030a
      220a7ce3f0bf8b29c99b0101`,
  },
  {
    name: 'one SACK block with timestamps',
    text: '. 2578130244:2578130244(0) ack 1001 win 64 <nop,nop,TS val 3737471321 ecr 101,nop,nop,sack 1101:1111>',
    bytes: hex`45000040823a40004006347ac0000201c0000202
      1f909c4399ab2544000003e9b01000400c8e00000101080adec54959000000650101050a0000044d
      00000457`,
  },
  {
    name: 'three SACK blocks with timestamps, where four are due',
    text: '. 2578130244:2578130244(0) ack 1001 win 64 <nop,nop,TS val 3737471562 ecr 101,nop,nop,sack 1701:1711 1501:1511 1301:1311>',
    bytes: hex`45000050823d400040063467c0000201c0000202
      1f909c4399ab2544000003e9f0100040b0d400000101080adec54a4a000000650101051a000006a5
      000006af000005dd000005e7000005150000051f`,
  },
  {
    name: 'one SACK block',
    text: '. 4231322059:4231322059(0) ack 1001 win 63 <nop,nop,sack 1101:1111>',
    bytes: hex`45000034a8fc400040060dc4c0000201c0000202
      1f909c44fc34d9cb000003e98010003f571800000101050a0000044d00000457`,
  },
  {
    name: 'two SACK blocks',
    text: '. 4231322059:4231322059(0) ack 1001 win 63 <nop,nop,sack 1301:1311 1101:1111>',
    bytes: hex`4500003ca8fd400040060dbbc0000201c0000202
      1f909c44fc34d9cb000003e9a010003f2cd4000001010512000005150000051f0000044d00000457`,
  },
  {
    name: 'three SACK blocks',
    text: '. 4231322059:4231322059(0) ack 1001 win 63 <nop,nop,sack 1501:1511 1301:1311 1101:1111>',
    bytes: hex`45000044a8fe400040060db2c0000201c0000202
      1f909c44fc34d9cb000003e9c010003f010000000101051a000005dd000005e7000005150000051f
      0000044d00000457`,
  },
  {
    name: 'four SACK blocks',
    text: '. 4231322059:4231322059(0) ack 1001 win 63 <nop,nop,sack 1701:1711 1501:1511 1301:1311 1101:1111>',
    bytes: hex`4500004ca8ff400040060da9c0000201c0000202
      1f909c44fc34d9cb000003e9e010003fd39b000001010522000006a5000006af000005dd000005e7
      000005150000051f0000044d00000457`,
  },
  {
    name: 'data with timestamps',
    text: 'P. 317549306:317549317(11) ack 1001 win 64 <nop,nop,TS val 3244747062 ecr 101>',
    bytes: hex`4500003f838e400040063327c0000201c0000202
      1f909c4512ed6afa000003e98018004077ef00000101080ac166e9360000006568656c6c6f20776f
      726c64`,
  },
  {
    name: 'an odd number of bytes',
    text: 'P. 158606836:158606847(11) ack 1001 win 64240',
    bytes: hex`45000033d3a540004006e31bc0000201c0000202
      1f909c42097425f4000003e95018faf0afda000068656c6c6f20776f726c64`,
  },
  {
    name: 'urgent data',
    text: 'P.U 158606847:158606848(1) ack 1001 win 64240 urg 1',
    bytes: hex`45000029d3a640004006e324c0000201c0000202
      1f909c42097425ff000003e95038faf02087000121`,
  },
  {
    name: 'FIN',
    text: 'F. 2671731068:2671731068(0) ack 1001 win 64240',
    bytes: hex`450000280d0140004006a9cbc0000201c0000202
      1f909c419f3f617c000003e95011faf070680000`,
  },
  {
    name: 'RST after SO_LINGER 0',
    text: 'R. 158606848:158606848(0) ack 1001 win 64240',
    bytes: hex`45000028d3a740004006e324c0000201c0000202
      1f909c4209742600000003e95014faf041ac0000`,
  },
  {
    name: 'RST for a SYN to a closed port',
    text: 'R. 0:0(0) ack 1001 win 0',
    bytes: hex`45000028000040004006b6ccc0000201c0000202
      000915b300000000000003e95014000012280000`,
  },
  {
    name: 'RST for an ACK to a listener',
    text: 'R 777:777(0) win 0',
    bytes: hex`45000028000040004006b6ccc0000201c0000202
      1f9015b3000003090000000050040000f3900000`,
  },
  {
    name: 'IPv6 SYN, default',
    text: 'S 2278433513:2278433513(0) win 64800 <mss 1440,sackOK,TS val 284942933 ecr 0,nop,wscale 10>',
    bytes: hex`600000000028064020010db800000000000000000000000120010db8000000000000000000000002
      ca70005087ce22e900000000a002fd2086b20000020405a00402080a10fbe255000000000103030a`,
  },
  {
    name: 'IPv6 SYN, Fast Open cookie and data',
    text: 'S 3378149492:3378149495(3) win 64800 <mss 1440,nop,nop,sackOK,nop,wscale 10,FO 0011223344556677,nop,nop>',
    bytes: hex`60000000002f064020010db800000000000000000000000120010db8000000000000000000000002
      b02c0051c95a787400000000b002fd2020af0000020405a0010104020103030a220a001122334455
      66770101726571`,
  },
  {
    name: 'IPv6 SYN-ACK, everything offered',
    text: 'S. 829393245:829393245(0) ack 1001 win 64260 <mss 1440,sackOK,TS val 4220389720 ecr 100,nop,wscale 10>',
    bytes: hex`600000000028064020010db800000000000000000000000120010db8000000000000000000000002
      1f909c43316f895d000003e9a012fb0471b30000020405a00402080afb8e0958000000640103030a`,
  },
  {
    name: 'IPv6, three SACK blocks with timestamps',
    text: '. 829393246:829393246(0) ack 1001 win 63 <nop,nop,TS val 4220390162 ecr 101,nop,nop,sack 1701:1711 1501:1511 1301:1311>',
    bytes: hex`60000000003c064020010db800000000000000000000000120010db8000000000000000000000002
      1f909c43316f895e000003e9f010003ffff500000101080afb8e0b12000000650101051a000006a5
      000006af000005dd000005e7000005150000051f`,
  },
  {
    name: 'IPv6 data',
    text: 'P. 1219760929:1219760940(11) ack 1001 win 64800',
    bytes: hex`60000000001f064020010db800000000000000000000000120010db8000000000000000000000002
      1f909c4248b41321000003e95018fd20a9cc000068656c6c6f20776f726c64`,
  },
  {
    name: 'IPv6 RST for an ACK to a listener',
    text: 'R 777:777(0) win 0',
    bytes: hex`600000000014064020010db800000000000000000000000120010db8000000000000000000000002
      1f9015b30000030900000000500400001c200000`,
  },
];

describe('segments that Linux sent', () => {
  it.each(packets)('reads and writes: $name', ({ text, bytes }) => {
    const result = decodePacket(bytes);
    if (!result.ok || result.packet.kind !== 'tcp') throw new Error(`no segment: ${JSON.stringify(result)}`);
    expect(formatSegment(result.packet)).toBe(text);
    expect(result.packet.rawOptions).toBeNull();
    expect(formatHex(encodePacket(result.packet))).toBe(formatHex(bytes));
  });
});

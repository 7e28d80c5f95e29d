// Correct servers of two documents as one event loop serves them: server.js PORT unb|sala|ifsc|redes2023
//
// Nobody is held up by a client that does not read: what it has not taken is bounded, and it is closed beyond that.
'use strict';
const net = require('net');

const MAX_QUEUE = 8e6;
const members = new Set();
const named = (nick) => [...members].find((socket) => socket.nick === nick);

function send(socket, text) {
  if (!socket.writable) return;
  socket.write(text);
  if (socket.writableLength > MAX_QUEUE) socket.destroy();
}

function tell(text, but) {
  for (const socket of members) if (socket !== but) send(socket, text);
}

function leave(socket, notice) {
  if (members.delete(socket)) tell(notice);
}

const unb = {
  connected: (socket) => send(socket, 'NICK'),
  received(socket, data) {
    const text = data.toString().trim();
    if (!socket.nick) {
      const nick = text.split(/\s+/)[0];
      if (!nick || named(nick)) return send(socket, '400 Bad Request\nApelido vazio ou em uso.');
      socket.nick = nick;
      send(socket, `200 OK - Connected\nBem-vindo(a), ${nick}.`);
      tell(`${nick} entrou no chat!`);
      members.add(socket);
      return;
    }
    const [word] = text.split(' ', 1);
    const rest = text.slice(word.length + 1);
    switch (word.toUpperCase()) {
      case 'MSG':
        if (!rest.trim()) return send(socket, '400 Bad Request\nFormato: MSG <mensagem>');
        tell(`[${socket.nick}]: ${rest}`, socket);
        return send(socket, '200 OK\nMensagem enviada com sucesso.');
      case 'LIST':
        return send(socket, `200 OK - User List\nUsuários online: ${[...members].map((one) => one.nick).join(', ')}`);
      case 'QUIT':
        return socket.end('200 OK - Disconnecting\nSessão encerrada.');
      default:
        return send(socket, `404 Not Found\nComando desconhecido: ${word.toUpperCase()}`);
    }
  },
  gone: (socket) => leave(socket, `[${socket.nick}] saiu do chat.`),
};

const sala = {
  connected: (socket) => send(socket, 'alias?'),
  received(socket, data) {
    if (socket.nick) return tell(data);
    const nick = data.toString();
    tell(`${nick} esta conectado ao chat`);
    socket.nick = nick;
    members.add(socket);
    send(socket, 'Voce esta conectado ao servidor!');
  },
  gone: (socket) => leave(socket, `${socket.nick} acabou de sair do chat!`),
};

const ifsc = {
  connected: (socket) => send(socket, 'Digite seu apelido'),
  received(socket, data) {
    const text = data.toString();
    if (!socket.nick) {
      const nick = text.trim();
      if (!nick) return send(socket, 'Digite seu apelido');
      if (named(nick)) {
        send(socket, 'Erro 01: Esse apelido já está em uso');
        return send(socket, 'Digite seu apelido');
      }
      send(socket, `Bem Vindo ${nick}! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos`);
      for (const { nick: other } of members) send(socket, `${other} Está online \n`);
      tell(`${nick} Entrou no chat!`);
      socket.nick = nick;
      members.add(socket);
      return;
    }
    if (text.trim() === '{quit}') return socket.end('{quit}');
    const at = text.indexOf(':');
    if (at < 0) return send(socket, 'Por favor, digite Destino: Mensagem');
    const [to, body] = [text.slice(0, at), text.slice(at + 1)];
    if (!to) return tell(`${socket.nick}: :${body}`);
    if (!named(to)) return send(socket, 'Erro 02: Destino de mensagem privada não existe');
    send(named(to), `Mensagem recebida de ${socket.nick}: ${body}`);
    send(socket, 'Mensagem Enviada');
  },
  gone: (socket) => leave(socket, `${socket.nick} Saiu do chat.`),
};

const redes2023 = {
  connected: (socket) => { socket.unread = Buffer.alloc(0); },
  received(socket, data) {
    socket.unread = Buffer.concat([socket.unread, data]);
    while (socket.unread.length >= 64) {
      const header = socket.unread.subarray(0, 64).toString().trim();
      if (!/^\d+$/.test(header) || Number(header) > 1e6) return socket.destroy();
      const end = 64 + Number(header);
      if (socket.unread.length < end) return;
      const body = socket.unread.subarray(64, end);
      socket.unread = socket.unread.subarray(end);
      if (body.toString() === ':D') return socket.end();
      send(socket, 'Msg received');
    }
  },
  gone: () => {},
};

const protocol = { unb, sala, ifsc, redes2023 }[process.argv[3]];
const server = net.createServer((socket) => {
  protocol.connected(socket);
  socket.on('data', (data) => { if (socket.writable) protocol.received(socket, data); });
  socket.on('error', () => {});
  socket.on('close', () => protocol.gone(socket));
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log(`listening on 127.0.0.1:${server.address().port}`));

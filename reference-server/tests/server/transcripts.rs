//! What each built-in dialect's server sends, byte for byte, as the protocols' tables have it.

use crate::support::{Client, serve};

const UNB_SAID: &str = "200 OK\nMensagem enviada com sucesso.";

/// A client of `unb` that has joined, its welcome read.
fn join_unb(address: std::net::SocketAddr, nick: &str) -> Client {
    let mut client = Client::connect(address);
    client.expect("NICK");
    client.ask(nick, format!("200 OK - Connected\nBem-vindo(a), {nick}."));
    client
}

#[test]
fn unb_as_its_document_and_program_have_it() {
    let server = serve("unb");
    let mut ana = join_unb(server.local_addr(), "ana");
    let mut bia = join_unb(server.local_addr(), "bia");
    ana.expect("bia entrou no chat!");
    let mut caio = join_unb(server.local_addr(), "caio");
    ana.expect("caio entrou no chat!");
    bia.expect("caio entrou no chat!");

    ana.ask("MSG Olá, gente!", UNB_SAID);
    bia.expect("[ana]: Olá, gente!");
    caio.expect("[ana]: Olá, gente!");
    bia.ask("msg oi", UNB_SAID);
    ana.expect("[bia]: oi");
    caio.expect("[bia]: oi");

    ana.ask(
        "LIST",
        "200 OK - User List\nUsuários online: ana, bia, caio",
    );
    ana.ask("MSG", "400 Bad Request\nFormato: MSG <mensagem>");
    ana.ask("MSG   ", "400 Bad Request\nFormato: MSG <mensagem>");
    ana.ask("teste x", "404 Not Found\nComando desconhecido: TESTE");
    ana.ask("ação x", "404 Not Found\nComando desconhecido: AÇÃO");

    bia.ask("QUIT", "200 OK - Disconnecting\nSessão encerrada.");
    bia.expect_end();
    ana.expect("[bia] saiu do chat.");
    caio.expect("[bia] saiu do chat.");
    drop(caio);
    ana.expect("[caio] saiu do chat.");
    ana.ask("LIST", "200 OK - User List\nUsuários online: ana");
}

#[test]
fn unb_refuses_a_name_in_use_or_blank_and_takes_another() {
    let server = serve("unb");
    let mut ana = join_unb(server.local_addr(), "ana");
    let mut bia = Client::connect(server.local_addr());
    bia.expect("NICK");
    bia.ask("ana", "400 Bad Request\nApelido em uso: ana");
    bia.ask("   ", "400 Bad Request\nApelido em branco.");
    bia.ask("bia maria", "200 OK - Connected\nBem-vindo(a), bia.");
    ana.expect("bia entrou no chat!");
}

#[test]
fn bytes_that_are_no_utf_8_pass_through_and_kill_nobody() {
    let server = serve("unb");
    let mut ana = join_unb(server.local_addr(), "ana");
    let mut bia = join_unb(server.local_addr(), "bia");
    ana.expect("bia entrou no chat!");
    ana.ask(b"MSG \xff\xfe\xc3", UNB_SAID);
    bia.expect(b"[ana]: \xff\xfe\xc3");
    ana.ask(
        b"\xff\xfe",
        b"404 Not Found\nComando desconhecido: \xff\xfe",
    );
}

#[test]
fn a_client_that_finishes_still_gets_its_replies() {
    let server = serve("unb");
    let mut ana = join_unb(server.local_addr(), "ana");
    ana.send("LIST");
    ana.finish();
    ana.expect("200 OK - User List\nUsuários online: ana");
    ana.expect_end();
}

#[test]
fn ifsc_as_its_document_and_program_have_it() {
    let welcome = |nick: &str| {
        format!(
            "Bem Vindo {nick}! Caso queira sair digite {{quit}}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
        )
    };
    let server = serve("ifsc");
    let connect = || {
        let mut client = Client::connect(server.local_addr());
        client.expect("Digite seu apelido");
        client
    };
    let mut ana = connect();
    ana.ask("ana", welcome("ana"));
    let mut bia = connect();
    bia.ask(
        "ana",
        "Erro 01: Esse apelido já está em usoDigite seu apelido",
    );
    bia.ask("  ", "Digite seu apelido");
    bia.ask("bia", welcome("bia") + "ana Está online \n");
    ana.expect("bia Entrou no chat!");
    let mut caio = connect();
    caio.ask(
        "caio",
        welcome("caio") + "ana Está online \nbia Está online \n",
    );
    ana.expect("caio Entrou no chat!");
    bia.expect("caio Entrou no chat!");

    ana.ask(":Olá a todos", "ana: :Olá a todos");
    bia.expect("ana: :Olá a todos");
    caio.expect("ana: :Olá a todos");
    ana.ask("bia:só para você: sim", "Mensagem Enviada");
    bia.expect("Mensagem recebida de ana: só para você: sim");
    ana.ask("davi:oi", "Erro 02: Destino de mensagem privada não existe");
    ana.ask("oi", "Por favor, digite Destino: Mensagem");
    ana.ask(":", "Por favor, digite Destino: Mensagem");

    bia.ask("{quit}", "{quit}");
    bia.expect_end();
    ana.expect("bia Saiu do chat.");
    caio.expect("bia Saiu do chat.");
    caio.ask("quit", "{quit}");
    caio.expect_end();
    ana.expect("caio Saiu do chat.");
}

#[test]
fn redes2023_sends_each_message_back_to_its_sender() {
    let server = serve("redes2023");
    let framed = |text: &str| format!("{:<64}{text}", text.len());
    let mut ana = Client::connect(server.local_addr());
    let mut bia = Client::connect(server.local_addr());
    ana.ask(framed("olá"), "olá");
    ana.ask(framed("um") + &framed("dois"), "umdois");
    bia.ask(framed(&"x".repeat(1024)), "x".repeat(1024));
    for byte in framed("em pedaços").bytes() {
        bia.send([byte]);
    }
    bia.expect("em pedaços");
    ana.send(framed(":D"));
    ana.expect_end();
    bia.ask(framed("ainda aqui"), "ainda aqui");
}

#[test]
fn eco_answers_each_client_alone() {
    let server = serve("eco");
    let mut ana = Client::connect(server.local_addr());
    let mut bia = Client::connect(server.local_addr());
    ana.ask("olá", "Servidor recebeu: olá");
    bia.ask("eu também", "Servidor recebeu: eu também");
    bia.ask("sair daqui", "Servidor recebeu: sair daqui");
    bia.ask("SaIr", "Conexão encerrada.");
    bia.expect_end();
    ana.ask(b"\xff\xfe", b"Servidor recebeu: \xff\xfe");
    ana.finish();
    ana.expect_end();
}

#[test]
fn sala_as_its_document_has_it() {
    let server = serve("sala");
    let connect = || {
        let mut client = Client::connect(server.local_addr());
        client.expect("alias?");
        client
    };
    let silent = connect();
    let mut ana = connect();
    ana.ask(" ", "alias?");
    ana.ask("ana", "Voce esta conectado ao servidor!");
    let mut bia = connect();
    bia.ask("bia", "Voce esta conectado ao servidor!");
    ana.expect("bia esta conectado ao chat");
    ana.ask("ana: Olá: tudo bem?", "ana: Olá: tudo bem?");
    bia.expect("ana: Olá: tudo bem?");
    drop(silent);
    drop(bia);
    ana.expect("bia acabou de sair do chat!");
    ana.ask("ana: só eu", "ana: só eu");
    let mut maria = connect();
    maria.ask("Ana Maria", "Voce esta conectado ao servidor!");
    ana.expect("Ana Maria esta conectado ao chat");
    maria.ask("Ana Maria: oi", "Ana Maria: oi");
    ana.expect("Ana Maria: oi");
}

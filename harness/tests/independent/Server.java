import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;

/** A correct server of `ifsc`: for each client a thread that reads, and one that writes what its queue holds. Server PORT. */
public class Server {
    static final int MAX_QUEUE = 20_000;
    static final Map<String, Client> members = new LinkedHashMap<>();

    public static void main(String[] arguments) throws IOException {
        ServerSocket listener = new ServerSocket(Integer.parseInt(arguments[0]), 256, InetAddress.getLoopbackAddress());
        System.out.println("listening on 127.0.0.1:" + listener.getLocalPort());
        while (true) {
            Client client = new Client(listener.accept());
            new Thread(client::read).start();
            new Thread(client::write).start();
        }
    }

    static void tell(String text) {
        synchronized (members) {
            for (Client client : members.values()) client.send(text);
        }
    }

    static class Client {
        static final String END = new String();
        final Socket socket;
        final LinkedBlockingQueue<String> queue = new LinkedBlockingQueue<>();
        String nick;

        Client(Socket socket) {
            this.socket = socket;
        }

        void send(String text) {
            queue.add(text);
            if (queue.size() > MAX_QUEUE) close();
        }

        void close() {
            try {
                socket.close();
            } catch (IOException error) {
                // It is closed all the same.
            }
        }

        void write() {
            try {
                for (String text = queue.take(); text != END; text = queue.take()) {
                    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
                }
                socket.shutdownOutput();
                // What is still under way must not be answered by a reset, which could overtake the goodbye.
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException | InterruptedException error) {
                // Whoever is gone is gone.
            }
            close();
        }

        void read() {
            byte[] bytes = new byte[4096];
            try {
                send("Digite seu apelido");
                InputStream input = socket.getInputStream();
                boolean goesOn = true;
                for (int len = input.read(bytes); goesOn && len > 0; len = goesOn ? input.read(bytes) : 0) {
                    String text = new String(bytes, 0, len, StandardCharsets.UTF_8);
                    goesOn = nick == null ? join(text.trim()) : obey(text);
                }
            } catch (IOException error) {
                // Whoever is gone is gone.
            }
            leave();
            queue.add(END);
        }

        boolean join(String name) {
            synchronized (members) {
                if (name.isEmpty() || members.containsKey(name)) {
                    if (!name.isEmpty()) send("Erro 01: Esse apelido já está em uso");
                    send("Digite seu apelido");
                    return true;
                }
                send("Bem Vindo " + name + "! Caso queira sair digite {quit}. \n"
                        + "Digite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos");
                for (String other : members.keySet()) send(other + " Está online \n");
                tell(name + " Entrou no chat!");
                nick = name;
                members.put(name, this);
            }
            return true;
        }

        boolean obey(String text) {
            int colon = text.indexOf(':');
            if (text.trim().equals("{quit}")) {
                send("{quit}");
                return false;
            }
            if (colon < 0) {
                send("Por favor, digite Destino: Mensagem");
                return true;
            }
            String to = text.substring(0, colon);
            String body = text.substring(colon + 1);
            if (to.isEmpty()) {
                tell(nick + ": :" + body);
                return true;
            }
            Client recipient;
            synchronized (members) {
                recipient = members.get(to);
            }
            if (recipient == null) {
                send("Erro 02: Destino de mensagem privada não existe");
            } else {
                recipient.send("Mensagem recebida de " + nick + ": " + body);
                send("Mensagem Enviada");
            }
            return true;
        }

        void leave() {
            synchronized (members) {
                if (nick == null || members.get(nick) != this) return;
                members.remove(nick);
                tell(nick + " Saiu do chat.");
            }
        }
    }
}

package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// sentItem is a request to a service; of a mail, the commands before it are the headers.
type sentItem struct {
	Method  string              `json:"method"`
	URL     string              `json:"url"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
}

// standIn takes the place of every service: HTTP with and without TLS, and mail.
type standIn struct {
	plain, secure *httptest.Server
	mail          net.Listener
	lock          sync.Mutex
	sent          []sentItem
}

// accepted is what the services that look at it want to read in an answer.
const accepted = `{"ok": true, "success": true, "status": "success", "access_token": "token", "errcode": 0, "issues": [],
"id": "1", "key": "OPS-1", "result": {"message_id": 1, "chat": {"id": 1}}}`

const published = `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>1</MessageId>` +
	`</PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>`

func newStandIn() (*standIn, error) {
	made := &standIn{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	made.mail = listener
	made.plain = httptest.NewServer(http.HandlerFunc(made.serve))
	made.secure = httptest.NewTLSServer(http.HandlerFunc(made.serve))
	go made.serveMail()
	return made, nil
}

func (s *standIn) close() {
	s.plain.Close()
	s.secure.Close()
	s.mail.Close()
}

func (s *standIn) mailPort() string {
	_, port, _ := net.SplitHostPort(s.mail.Addr().String())
	return port
}

func (s *standIn) put(one sentItem) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.sent = append(s.sent, one)
}

// taken returns what was sent since the last call.
func (s *standIn) taken() []sentItem {
	s.lock.Lock()
	defer s.lock.Unlock()
	found := s.sent
	s.sent = nil
	return found
}

// dial connects to the stand-in, whatever the address: with TLS on its usual port.
func (s *standIn) dial(ctx context.Context, network, address string) (net.Conn, error) {
	to := s.plain
	if strings.HasSuffix(address, ":443") {
		to = s.secure
	}
	return (&net.Dialer{}).DialContext(ctx, network, to.Listener.Addr().String())
}

func (s *standIn) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	s.put(sentItem{r.Method, scheme + "://" + r.Host + r.URL.String(), r.Header, string(body)})
	if strings.Contains(string(body), "Action=Publish") {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, published)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, accepted)
}

func (s *standIn) serveMail() {
	for {
		connection, err := s.mail.Accept()
		if err != nil {
			return
		}
		go s.takeMail(connection)
	}
}

// takeMail speaks as much of SMTP as a client needs that sends one mail (RFC 5321), with STARTTLS and AUTH.
func (s *standIn) takeMail(connection net.Conn) {
	defer func() { connection.Close() }()
	in := bufio.NewReader(connection)
	say := func(text string) { _, _ = io.WriteString(connection, text+"\r\n") }
	commands := []string{}
	say("220 stand-in")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		commands = append(commands, line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			say("250-stand-in\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS")
		case "STARTTLS":
			say("220 go on")
			encrypted := tls.Server(connection, s.secure.TLS)
			connection, in = encrypted, bufio.NewReader(encrypted)
		case "AUTH":
			say("235 welcome")
		case "DATA":
			say("354 go on")
			s.put(sentItem{"MAIL", "smtp://stand-in", map[string][]string{"Commands": commands}, mailBody(in)})
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func mailBody(in *bufio.Reader) string {
	lines := []string{}
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return strings.Join(lines, "")
		}
		lines = append(lines, strings.TrimPrefix(line, "."))
	}
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KafkaFlow.LocalServers;
using KafkaFlow.Serdes.Registry;
using KafkaFlow.Testing;

namespace KafkaFlow.Serdes.Tests;

[Trait("tier", "fast")]
public sealed class RegistryFaultTests
{
    [Fact]
    public void A_registry_that_is_down_is_no_poison_and_is_named()
    {
        var address = new Uri($"http://127.0.0.1:{Ports.Free(1)[0]}");
        var settings = new RegistrySettings { Address = address, FirstDelay = TimeSpan.FromMilliseconds(5) };
        using var serdes = new RecordSerdes(new("t"), new LocalSchemas(), settings);
        var down = Assert.Throws<SchemaUnavailableException>(() => serdes.DecodeCommand([0, 0, 0, 0, 1, 2]));
        Assert.Contains($"schema registry at {address} does not answer", down.Message, StringComparison.Ordinal);
        Assert.Contains("tried 4 times", down.Message, StringComparison.Ordinal);
        Assert.Contains("Check that it runs", down.Message, StringComparison.Ordinal);
        Assert.Throws<SchemaUnavailableException>(() => serdes.Encode(new RandomRecords(1).Event()));
    }

    [Fact]
    public void What_may_pass_is_tried_again_and_what_was_learned_is_kept()
    {
        using var server = new FakeRegistry(null, "503 Busy", "429 Slow down", "200 OK {\"id\":1,\"schema\":\"\\\"int\\\"\"}");
        using var client = new SchemaRegistryClient(server.Settings);
        Assert.Equal("\"int\"", client.SchemaById(1));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public void A_silent_registry_ends_in_a_timeout()
    {
        using var server = new FakeRegistry(null);
        var settings = server.Settings with { RequestTimeout = TimeSpan.FromMilliseconds(200), MaxAttempts = 2 };
        using var client = new SchemaRegistryClient(settings);
        var silent = Assert.Throws<SchemaUnavailableException>(() => client.SchemaById(1));
        Assert.Contains("no answer within 0.2 s", silent.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("200 OK <html>", "with no JSON")]
    [InlineData("200 OK []", "without 'schema'")]
    [InlineData("401 Unauthorized", "refused access (HTTP 401). Check KAFKAFLOW_REGISTRY_AUTH")]
    public void An_answer_that_is_none_is_told_with_what_to_check(string answer, string expected)
    {
        using var server = new FakeRegistry(null, answer);
        using var client = new SchemaRegistryClient(server.Settings);
        var bad = Assert.Throws<SchemaUnavailableException>(() => client.SchemaById(1));
        Assert.Contains(expected, bad.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Password_and_ca_file_are_used_and_a_stranger_is_not_trusted()
    {
        using var directory = TestEnvironment.NewDirectory("ca");
        using var ours = Certificate();
        using var strangers = Certificate();
        var (caFile, otherCaFile) = (directory.PathOf("ca.pem"), directory.PathOf("other.pem"));
        File.WriteAllText(caFile, ours.ExportCertificatePem());
        File.WriteAllText(otherCaFile, strangers.ExportCertificatePem());
        const string answer = "200 OK {\"schema\":\"\\\"int\\\"\"}";

        using (var server = new FakeRegistry(ours, answer))
        {
            var settings = RegistrySettings.Parse($"{server.Settings.Address}", "ali:open sesame", caFile);
            Assert.DoesNotContain("sesame", settings.ToString(), StringComparison.Ordinal);
            using var client = new SchemaRegistryClient(settings);
            Assert.Equal("\"int\"", client.SchemaById(1));
            var header = Convert.ToBase64String("ali:open sesame"u8);
            Assert.Contains($"Authorization: Basic {header}", Assert.Single(server.Requests), StringComparison.Ordinal);
        }
        using (var server = new FakeRegistry(ours, answer, answer))
        {
            var settings = server.Settings with { CaFile = otherCaFile, MaxAttempts = 2 };
            using var client = new SchemaRegistryClient(settings);
            Assert.Throws<SchemaUnavailableException>(() => client.SchemaById(1));
            Assert.Empty(server.Requests);
        }
    }

    [Fact]
    public void Wrong_settings_are_all_told_at_once()
    {
        var wrong = Assert.Throws<ArgumentException>(() => RegistrySettings.Parse("localhost:8081", "ali", "/no/such.pem"));
        Assert.Equal(3, wrong.Message.Split('\n').Length);
    }

    private static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    /// <summary>Answers each request with the next of its answers; none left: it stays silent.</summary>
    private sealed class FakeRegistry : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly X509Certificate2? _certificate;
        private readonly Queue<string> _answers;
        private readonly List<TcpClient> _clients = [];
        private readonly CancellationTokenSource _stop = new();

        public FakeRegistry(X509Certificate2? certificate, params string[] answers)
        {
            _certificate = certificate;
            _answers = new Queue<string>(answers);
            _listener.Start();
            Settings = new RegistrySettings
            {
                Address = new Uri($"http{(certificate is null ? "" : "s")}://{_listener.LocalEndpoint}/"),
                FirstDelay = TimeSpan.FromMilliseconds(5),
            };
            _ = ServeAsync();
        }

        public RegistrySettings Settings { get; }

        public List<string> Requests { get; } = [];

        public void Dispose()
        {
            _stop.Cancel();
            _listener.Stop();
            foreach (var client in _clients) client.Dispose();
            _stop.Dispose();
        }

        private async Task ServeAsync()
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    _clients.Add(client);
                    await AnswerAsync(client.GetStream());
                }
                catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException
                    or System.Security.Authentication.AuthenticationException)
                {
                    continue; // the client turned away, which is what some tests are about
                }
            }
        }

        private async Task AnswerAsync(Stream stream)
        {
            if (_certificate is not null)
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsServerAsync(_certificate);
                stream = secure;
            }
            var buffer = new byte[8192];
            var length = await stream.ReadAsync(buffer, _stop.Token);
            if (length == 0) return;
            Requests.Add(Encoding.UTF8.GetString(buffer, 0, length));
            if (_answers.Count == 0) return;
            var parts = _answers.Dequeue().Split(' ', 3);
            var body = parts.Length > 2 ? parts[2] : "";
            var answer = $"HTTP/1.1 {parts[0]} {parts[1]}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
            await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
            await stream.FlushAsync(_stop.Token);
            await stream.DisposeAsync();
        }
    }
}

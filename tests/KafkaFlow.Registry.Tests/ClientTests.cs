using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KafkaFlow.Contracts;
using KafkaFlow.Serdes;
using KafkaFlow.Serdes.Registry;
using KafkaFlow.Testing;

namespace KafkaFlow.Registry.Tests;

/// <summary>This project's own registry client and serdes against this registry.</summary>
[Trait("tier", "fast")]
public sealed class ClientTests(OwnBroker broker)
{
    private const string Song = """{"type":"record","name":"Song","fields":[{"name":"title","type":"string"}]}""";

    [Fact]
    public async Task Records_go_around_through_the_registry()
    {
        await using var server = await RegistryServer.StartAsync(broker.Options());
        GoAround(new RegistrySettings { Address = server.Address });
    }

    [Fact]
    public async Task Records_go_around_with_a_password_and_not_without_it()
    {
        await using var server = await RegistryServer.StartAsync(broker.Options() with { BasicAuth = "ann:sécret:1" });
        var settings = new RegistrySettings { Address = server.Address, Auth = "ann:sécret:1" };
        GoAround(settings);
        foreach (var auth in new[] { null, "ann:secret", "ann:", "bob:sécret:1" })
        {
            using var stranger = new SchemaRegistryClient(settings with { Auth = auth });
            var refusal = Assert.Throws<SchemaUnavailableException>(() => stranger.Latest("songs"));
            Assert.Contains("HTTP 401", refusal.Message, StringComparison.Ordinal);
        }
        using var raw = new RestClient(server.Address);
        using var answer = await raw.SendRawAsync("GET", "/subjects", null, "");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Basic", answer.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task Records_go_around_over_tls_with_a_ca_file_and_not_without_it()
    {
        using var directory = TestEnvironment.NewDirectory("tls");
        using var certificate = SelfSigned();
        var ca = directory.PathOf("ca.pem");
        await File.WriteAllTextAsync(ca, certificate.ExportCertificatePem());
        await using var server = await RegistryServer.StartAsync(
            broker.Options() with { Certificate = certificate, BasicAuth = "ann:secret" });
        Assert.Equal("https", server.Address.Scheme);
        GoAround(RegistrySettings.Parse(server.Address.ToString(), "ann:secret", ca));
        using var stranger = new SchemaRegistryClient(new()
        {
            Address = server.Address, Auth = "ann:secret", MaxAttempts = 1,
        });
        Assert.Throws<SchemaUnavailableException>(() => stranger.Latest("songs"));
    }

    private static void GoAround(RegistrySettings settings)
    {
        using var client = new SchemaRegistryClient(settings);
        const string subject = "my/songs-value";
        Assert.Null(client.Latest(subject));
        Assert.Null(client.Compatibility(subject));
        client.SetCompatibility(subject, "FULL_TRANSITIVE");
        Assert.Equal("FULL_TRANSITIVE", client.Compatibility(subject));
        var id = client.Register(subject, Song);
        Assert.Equal(new RegisteredSchema(subject, 1, id, Song), client.Latest(subject));
        Assert.Equal(Song, client.SchemaById(id));
        Assert.False(client.IsCompatible(subject, "\"int\""));
        Assert.Equal(409, Assert.Throws<SchemaRegistryException>(() => client.Register(subject, "\"int\"")).Code);
        Assert.Equal(42201, Assert.Throws<SchemaRegistryException>(() => client.Register(subject, "{")).Code);

        var topics = new TopicNames(KafkaCluster.NewPrefix());
        using var writer = new RecordSerdes(topics, new LocalSchemas(), settings);
        using var reader = new RecordSerdes(topics, new LocalSchemas(), settings);
        writer.Prepare();
        var playbook = new PlaybookRecord
        {
            Path = "songs/play", Version = 3, ContentHash = new string('a', 64), Kind = "yaml", Source = "steps: []\n",
            CreatedAt = Timestamp.FromUnixMillis(1_700_000_000_000), CreatedBy = "ann",
        };
        var bytes = writer.Encode(playbook);
        var latest = client.Latest($"{topics.Playbooks}-value")!;
        Assert.Equal(latest.Id, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)));
        Assert.Equal(playbook, reader.DecodePlaybook(bytes).Record);
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=registry", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

using KafkaFlow.Kafka;
using KafkaFlow.LocalServers;
using KafkaFlow.PostgresSink;
using KafkaFlow.Serdes.Registry;
using KafkaFlow.Testing;
using Npgsql;
using OwnRegistry = KafkaFlow.Registry.RegistryServer;

namespace KafkaFlow.Doctor.Tests;

/// <summary>Each check of the registry and of Postgres, seen well and seen ill.</summary>
[Trait("tier", "fast")]
public sealed class ServiceTests(PostgresCluster postgres) : IDisposable
{
    private readonly Patient _patient = new();

    public void Dispose() => _patient.Dispose();

    [Fact]
    public async Task The_registry_must_answer_let_us_in_and_keep_its_schemas()
    {
        await using var broker = await Brokers.StartAsync();
        var kafka = new KafkaSettings { Bootstrap = broker.Bootstrap };
        UseRegistry(new Uri("http://127.0.0.1:1"), null);
        await _patient.SeesAsync("registry", CheckStatus.Fail, "does not answer", "--registry");
        await _patient.SeesAsync("registry_topic", CheckStatus.Skipped, "no --bootstrap");
        _patient.UseKafka(broker.Bootstrap);
        await _patient.SeesAsync("registry_topic", CheckStatus.Skipped, "keeps its schemas elsewhere");
        await using (var registry = await OwnRegistry.StartAsync(new() { Kafka = kafka, Port = 0, BasicAuth = "ann:secret" }))
        {
            UseRegistry(registry.Address, "ann:secret");
            await _patient.SeesAsync("registry", CheckStatus.Ok, "answers");
            await _patient.SeesAsync("registry_topic", CheckStatus.Ok, "compacted");
            UseRegistry(registry.Address, "ann:wrong");
            var refused = await _patient.SeesAsync("registry", CheckStatus.Fail, "refused access", "KAFKAFLOW_REGISTRY_AUTH");
            Assert.DoesNotContain("wrong", refused.ToString(), StringComparison.Ordinal);
        }
        await using var other = await Brokers.StartAsync();
        _patient.UseKafka(other.Bootstrap);
        using var admin = KafkaClients.Admin(_patient.Options.Kafka!);
        await admin.CreateTopicsAsync([new() { Name = "_schemas", NumPartitions = 1, ReplicationFactor = 1 }]);
        await _patient.SeesAsync("registry_topic", CheckStatus.Fail, "is delete", "--add-config cleanup.policy=compact");
    }

    [Fact]
    [Trait("needs", "postgres")]
    public async Task Postgres_must_answer_and_know_the_user()
    {
        _patient.Options = _patient.Options with { Postgres = "postgresql://ann:secret@127.0.0.1:1/flow" };
        var closed = await _patient.SeesAsync("postgres", CheckStatus.Fail, "Connection refused", "--postgres");
        Assert.DoesNotContain("secret", closed.ToString(), StringComparison.Ordinal);
        await _patient.SeesAsync("postgres_tables", CheckStatus.Skipped, "does not let us in");
        var server = await postgres.ServerAsync();
        await RunAsync(server, "postgres", "create role doctor_pw login password 'right'");
        var hba = Path.Combine(server.DataDirectory, "pg_hba.conf");
        await File.WriteAllTextAsync(
            hba, $"host all doctor_pw 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(hba)}");
        await RunAsync(server, "postgres", "select pg_reload_conf()");
        _patient.Options = _patient.Options with { Postgres = Address(server, "doctor_pw:wrong", PostgresServer.Database) };
        var wrong = await _patient.CheckAsync("postgres");
        for (var i = 0; i < 50 && wrong.Status == CheckStatus.Ok; i++)
        {
            await Task.Delay(50);
            wrong = await _patient.CheckAsync("postgres");
        }
        Assert.Equal(CheckStatus.Fail, wrong.Status);
        Assert.Contains("28P01", wrong.Found, StringComparison.Ordinal);
        _patient.Options = _patient.Options with { Postgres = Address(server, "doctor_pw:right", PostgresServer.Database) };
        await _patient.SeesAsync("postgres", CheckStatus.Ok, "doctor_pw");
        await _patient.SeesAsync("postgres_version", CheckStatus.Ok, "");
    }

    [Theory]
    [InlineData("12.4", 12, CheckStatus.Fail)]
    [InlineData("13.0", 13, CheckStatus.Ok)]
    public void Postgres_must_be_new_enough(string text, int major, CheckStatus status)
    {
        var finding = Services.PostgresChecks.VersionFinding(text, major);
        Assert.Equal((status, text), (finding.Status, finding.Found));
        Assert.Equal(status == CheckStatus.Ok, finding.Fix is null);
    }

    [Fact]
    [Trait("needs", "postgres")]
    public async Task Tables_must_have_their_shape_and_the_user_must_be_let_at_them()
    {
        var server = await postgres.ServerAsync();
        await RunAsync(server, "postgres", "create database doctor");
        await RunAsync(server, "postgres", "create role doctor_user login");
        _patient.Options = _patient.Options with { Postgres = Address(server, PostgresServer.User, "doctor") };
        await _patient.SeesAsync("postgres_tables", CheckStatus.Warn, "missing: event, execution", "kafkaflow sink run");
        await _patient.SeesAsync("postgres_privileges", CheckStatus.Ok, "kafkaflow may");
        var stranger = Address(server, "doctor_user", "doctor");
        _patient.Options = _patient.Options with { Postgres = stranger };
        await MendAsync(server, "create on schema public");
        await SinkSchema.CreateAsync(Address(server, PostgresServer.User, "doctor"), CancellationToken.None);
        await _patient.SeesAsync("postgres_tables", CheckStatus.Warn, "missing", "sink run");
        await RunAsync(server, "doctor", "revoke temp on database doctor from public");
        await MendAsync(server, "insert on event");
        await _patient.SeesAsync("postgres_privileges", CheckStatus.Ok, "doctor_user may");
        await _patient.SeesAsync("postgres_tables", CheckStatus.Ok, "all tables");
        await RunAsync(server, "doctor", "alter table execution drop column last_seq");
        await _patient.SeesAsync("postgres_tables", CheckStatus.Fail, "execution.last_seq: expected bigint", "createdb");
    }

    /// <summary>The check fails, and what it says mends it.</summary>
    private async Task MendAsync(PostgresServer server, string lack)
    {
        var ill = await _patient.SeesAsync("postgres_privileges", CheckStatus.Fail, lack, "as their owner, in psql: grant");
        await RunAsync(server, "doctor", ill.Fix!.Split("in psql: ")[1]);
        await _patient.SeesAsync("postgres_privileges", CheckStatus.Ok, "may");
    }

    private void UseRegistry(Uri address, string? auth) =>
        _patient.Options = _patient.Options with { Registry = new RegistrySettings { Address = address, Auth = auth } };

    private static string Address(PostgresServer server, string user, string database) =>
        $"postgresql://{user}@127.0.0.1:{server.Port}/{database}";

    private static async Task RunAsync(PostgresServer server, string database, string sql)
    {
        await using var connection = new NpgsqlConnection($"{server.ConnectionStringFor(database)};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

using KafkaFlow.Testing;
using Npgsql;

namespace KafkaFlow.PostgresSink.Tests;

[Trait("tier", "fast")]
[Trait("needs", "postgres")]
public sealed class SinkSchemaTests(PostgresCluster postgres)
{
    [Fact]
    public async Task Sinks_that_start_together_create_the_schema_once()
    {
        var database = await SinkDatabase.CreateAsync(await postgres.ServerAsync());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => SinkSchema.CreateAsync(database.ConnectionString, CancellationToken.None)));
        await SinkSchema.CreateAsync(database.ConnectionString, CancellationToken.None);
        var tables = await database.QueryAsync(
            "select table_name from information_schema.tables where table_schema = 'public' order by 1");
        Assert.Equal(
            ["event", "event_json", "event_rejected", "execution", "sink_offset"], tables.Select(t => t[0]));
        var columns = await database.QueryAsync(
            "select column_name, data_type from information_schema.columns where table_name = 'event' "
            + "order by ordinal_position");
        Assert.Equal(SinkTables.EventColumns.Select(c => $"{c.Name} {c.Type}"), columns.Select(c => $"{c[0]} {c[1]}"));
    }

    [Fact]
    public async Task Somebody_elses_table_is_refused_with_each_column_named()
    {
        var database = await SinkDatabase.CreateAsync(await postgres.ServerAsync());
        await database.RunAsync("create table event (execution_id bigint, seq bigint)");
        var error = await Assert.ThrowsAsync<SinkException>(
            () => SinkSchema.CreateAsync(database.ConnectionString, CancellationToken.None));
        Assert.Contains("event.execution_id: expected text, found bigint", error.Message, StringComparison.Ordinal);
        Assert.Contains("event.status: expected text, found no such column", error.Message, StringComparison.Ordinal);
        Assert.Empty(await database.QueryAsync("select 1 from pg_class where relname = 'sink_offset'"));
    }

    [Theory]
    [InlineData("postgresql://kf:p%40ss@db.example:5433/flow?sslmode=require",
        "db.example", 5433, "flow", "kf", "p@ss")]
    [InlineData("postgres://kf@[::1]/flow", "::1", 5432, "flow", "kf", null)]
    [InlineData("Host=h;Port=1;Username=u;Database=d;Password=x", "h", 1, "d", "u", "x")]
    public void An_address_is_read_in_both_forms_and_shown_without_password(
        string address, string host, int port, string database, string user, string? password)
    {
        var parsed = PostgresAddress.Parse(address);
        Assert.Equal((host, port, database, user, password),
            (parsed.Host, parsed.Port, parsed.Database, parsed.Username, parsed.Password));
        Assert.Equal($"{host}:{port}/{database} as {user}", PostgresAddress.Describe(address));
        if (address.Contains("sslmode", StringComparison.Ordinal)) Assert.Equal(SslMode.Require, parsed.SslMode);
    }

    [Fact]
    public void Wrong_options_are_all_named_at_once()
    {
        var wrong = new SinkOptions
        {
            Kafka = new() { Bootstrap = "nowhere" }, Postgres = "postgresql:///x", MaxBatchRecords = 0, Prefix = "",
        };
        var error = Assert.Throws<ArgumentException>(wrong.Validate);
        foreach (var part in new[] { "nowhere", "names no host", "MaxBatchRecords is 0", "prefix is empty" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}

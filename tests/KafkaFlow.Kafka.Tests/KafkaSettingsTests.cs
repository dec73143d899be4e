using KafkaFlow.LocalServers;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Kafka.Tests;

[Trait("tier", "fast")]
public sealed class KafkaSettingsTests
{
    [Fact]
    public void Settings_on_which_guarantees_rest_cannot_be_changed()
    {
        var settings = new KafkaSettings
        {
            Bootstrap = "localhost:9092",
            Raw = new Dictionary<string, string> { ["acks"] = "1", ["isolation.level"] = "read_uncommitted" },
        };
        var refused = Assert.Throws<KafkaSettingsException>(() => KafkaClients.ProducerConfig(settings, "t"));
        Assert.Contains("-X acks: this setting is fixed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("-X isolation.level", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:0")]
    [InlineData("localhost:99999")]
    [InlineData("a:9092,:9093")]
    public void A_bad_address_is_named(string bootstrap)
    {
        var problem = Assert.Single(new KafkaSettings { Bootstrap = bootstrap }.Problems());
        Assert.Contains("expected HOST:PORT", problem, StringComparison.Ordinal);
        Assert.Contains(bootstrap.Split(',')[^1], problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_key_is_named()
    {
        var settings = new KafkaSettings
        {
            Bootstrap = "localhost:9092",
            Raw = new Dictionary<string, string> { ["no.such.key"] = "1" },
        };
        var refused = Assert.Throws<KafkaSettingsException>(
            () => KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "t")));
        Assert.Contains("no.such.key", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_printed()
    {
        var settings = new KafkaSettings
        {
            Bootstrap = "localhost:9092",
            Raw = new Dictionary<string, string> { ["sasl.password"] = "open sesame", ["sasl.username"] = "ali" },
        };
        Assert.Equal("localhost:9092 sasl.password=**** sasl.username=ali", settings.ToString());
    }

    [Fact]
    public void A_missing_native_library_names_the_command_that_installs_it()
    {
        Assert.Contains("apt-get install -y librdkafka1", KafkaNative.Missing("x").Message, StringComparison.Ordinal);
        Assert.True(Version.TryParse(KafkaNative.Version, out var version) && version.Major >= 2, KafkaNative.Version);
    }

    [Fact]
    public void A_broker_that_is_down_gives_one_line_naming_address_and_what_to_check()
    {
        var address = $"127.0.0.1:{Ports.Free(1)[0]}";
        var settings = new KafkaSettings { Bootstrap = address };
        var log = new RecordingLogger();
        using (KafkaClients.Producer(KafkaClients.ProducerConfig(settings, "t-down"), log))
        {
            var down = Assert.Throws<KafkaUnavailableException>(
                () => KafkaClients.WaitForBroker(settings, TimeSpan.FromSeconds(2.5)));
            Assert.Contains(address, down.Message, StringComparison.Ordinal);
            Assert.Contains("tried for 2.", down.Message, StringComparison.Ordinal);
            Assert.Contains("Check that the broker runs", down.Message, StringComparison.Ordinal);
        }
        var line = Assert.Single(log.Lines(LogLevel.Information));
        Assert.Contains(address, line, StringComparison.Ordinal);
        Assert.Contains("refused", line, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", line, StringComparison.Ordinal);
    }

    private sealed class RecordingLogger : ILogger
    {
        private readonly List<(LogLevel Level, string Text)> _lines = [];

        public List<string> Lines(LogLevel least)
        {
            lock (_lines) return [.. _lines.Where(l => l.Level >= least).Select(l => l.Text)];
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            lock (_lines) _lines.Add((logLevel, formatter(state, exception)));
        }
    }
}

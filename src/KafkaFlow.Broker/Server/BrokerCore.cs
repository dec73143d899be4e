using KafkaFlow.Broker.Catalog;
using KafkaFlow.Broker.Groups;
using KafkaFlow.Broker.Logs;
using KafkaFlow.Broker.Transactions;
using Microsoft.Extensions.Logging;

namespace KafkaFlow.Broker.Server;

/// <summary>The parts of one broker and how they are joined.</summary>
internal sealed class BrokerCore
{
    public const int NodeId = 1;

    public BrokerCore(BrokerOptions options, LogContext context, string host, int port)
    {
        Options = options;
        Context = context;
        Host = host;
        Port = port;
        Catalog = new(options, context);
        Groups = new(this);
        Transactions = new(this);
        Dispatcher = new(this);
    }

    public BrokerOptions Options { get; }

    public LogContext Context { get; }

    public ILogger Logger => Context.Logger;

    /// <summary>Where clients are told to connect.</summary>
    public string Host { get; }

    public int Port { get; }

    public TopicCatalog Catalog { get; }

    public GroupCoordinator Groups { get; }

    public TransactionCoordinator Transactions { get; }

    public Dispatcher Dispatcher { get; }
}

// A worker for a type of one's own. Start it beside a running engine:
//   dotnet run --project samples/csharp-worker -- HOST:PORT [PREFIX]
// Register a playbook with a step `tool: word-count` first: that creates the topic of its tasks. Ctrl-C and SIGTERM drain.
using System.Runtime.InteropServices;
using KafkaFlow.Contracts;
using KafkaFlow.Kafka;
using KafkaFlow.Samples;
using KafkaFlow.Serdes;
using KafkaFlow.Workers;
using Microsoft.Extensions.Logging;

if (args.Length is 0 or > 2)
{
    Console.Error.WriteLine("usage: csharp-worker HOST:PORT [PREFIX]");
    return 2;
}
using var stop = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var loggers = LoggerFactory.Create(log => log.AddConsole());
var kafka = new KafkaSettings { Bootstrap = args[0] };
var topics = new TopicNames(args.Length > 1 ? args[1] : TopicNames.DefaultPrefix);
using var serdes = RecordSerdes.Create(kafka, topics, null);
await new WorkerHost(new WorkerOptions { Topics = topics }, [new WordCount()], serdes, kafka, loggers).RunAsync(stop.Token);
return 0;

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

using KafkaFlow.PostgresSink.Tests;

return args is [SinkChild.Name, ..]
    ? await SinkChild.RunAsync(args[1..])
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
